import { describe, expect, it } from 'vitest'
import type { FetchRequest, HttpFetch } from '../ports/http-fetch.ts'
import { fetchFor, openPlacesOf } from './tenant-fetch.ts'

const instance = (openHosts?: readonly string[]) => ({ attributes: { values: {}, settings: {}, ...(openHosts && { openHosts }) } })

describe('places that are open to an instance', () => {
  it('are those of its operator', () => {
    expect(openPlacesOf(instance(), null)).toEqual([])
    expect(openPlacesOf(instance(['store.intern:9000']), null)).toEqual(['store.intern:9000'])
  })

  it('are also the address under which people reach it', () => {
    expect(openPlacesOf(instance(['a.intern:1']), 'https://museum.intern/at/all')).toEqual(['a.intern:1', 'museum.intern:443'])
    expect(openPlacesOf(instance(), 'http://[::1]:8080')).toEqual(['[::1]:8080'])
    expect(openPlacesOf(instance(), 'http://10.0.0.1')).toEqual(['10.0.0.1:80'])
    expect(openPlacesOf(instance(), 'http://-odd-/')).toEqual([])
  })

  it('go with every request and every check, without the caller saying so', async () => {
    const seen: unknown[] = []
    const http: HttpFetch = {
      fetch: (request: FetchRequest) => (seen.push(request), Promise.reject(new Error('only recorded'))),
      check: (url, open) => void seen.push([url, open]),
      checkPlace: async (place) => void seen.push(place),
    }
    const view = fetchFor(http, ['a.intern:1'])
    await expect(view.fetch({ url: 'http://x.test/', maxRedirects: 1 })).rejects.toThrow('recorded')
    await expect(view.fetch({ url: 'http://x.test/', open: ['b.intern:2'] })).rejects.toThrow('recorded')
    view.check('http://x.test/')
    await view.checkPlace({ url: 'http://y.test/' })
    expect(seen).toEqual([
      { url: 'http://x.test/', maxRedirects: 1, open: ['a.intern:1'] },
      { url: 'http://x.test/', open: ['a.intern:1', 'b.intern:2'] },
      ['http://x.test/', ['a.intern:1']],
      { url: 'http://y.test/', open: ['a.intern:1'] },
    ])
  })
})
