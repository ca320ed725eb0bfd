import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeptCopiesFolder } from './kept-copies.ts'

let dir: string
let loads: string[]
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'vitrine-kept-'))
  loads = []
})
afterEach(() => rm(dir, { recursive: true, force: true }))

async function* content(text: string) {
  yield Buffer.from(text)
}
const loading = (text: string) => async () => {
  loads.push(text)
  return content(text)
}

describe('copies that are kept', () => {
  it('are made once for all who ask, at once or later', async () => {
    const kept = new KeptCopiesFolder(dir, 100)
    const leases = await Promise.all([1, 2, 3].map(() => kept.lease('a', loading('bytes'))))
    for (const lease of leases) {
      expect(await readFile(lease.path, 'utf8')).toBe('bytes')
      lease.release()
    }
    const again = await kept.lease('a', loading('bytes'))
    expect([again.path, loads]).toEqual([leases[0]?.path, ['bytes']])
  })

  it('can be made of something else, under the same rules', async () => {
    const kept = new KeptCopiesFolder(dir, 100)
    const make = async (at: string) => writeFile(at, 'made')
    const [one, other] = await Promise.all([kept.leaseMade('a', make), kept.leaseMade('a', () => Promise.reject(new Error('never asked')))])
    expect([one.path, await readFile(other.path, 'utf8')]).toEqual([other.path, 'made'])
    await expect(kept.leaseMade('b', () => Promise.reject(new Error('it cannot be made')))).rejects.toThrow('cannot')
  })

  it('go when there is no room, the one that was left alone the longest first', async () => {
    const kept = new KeptCopiesFolder(dir, 10)
    const a = await kept.lease('a', loading('aaaaa'))
    const b = await kept.lease('b', loading('bbbbb'))
    a.release()
    b.release()
    ;(await kept.lease('a', loading('aaaaa'))).release()
    ;(await kept.lease('c', loading('ccccc'))).release()
    await expect.poll(() => existsSync(b.path)).toBe(false)
    expect(await readFile(a.path, 'utf8')).toBe('aaaaa')
  })

  it('stay while they are in use, room or not', async () => {
    const kept = new KeptCopiesFolder(dir, 3)
    const a = await kept.lease('a', loading('aaaaa'))
    ;(await kept.lease('b', loading('bbbbb'))).release()
    expect(await readFile(a.path, 'utf8')).toBe('aaaaa')
    a.release()
    a.release()
    await expect.poll(() => existsSync(a.path)).toBe(false)
  })

  it('are tried again after a failure, which leaves nothing behind', async () => {
    const kept = new KeptCopiesFolder(dir, 100)
    const broken = async () =>
      (async function* () {
        yield Buffer.from('half')
        throw new Error('broke off')
      })()
    await expect(kept.lease('a', broken)).rejects.toThrow('broke off')
    expect(await readFile((await kept.lease('a', loading('whole'))).path, 'utf8')).toBe('whole')
  })
})
