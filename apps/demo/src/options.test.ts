import { describe, expect, it } from 'vitest'
import { readOptions } from './options.ts'

describe('the command line', () => {
  it('needs nothing', () => {
    expect(readOptions([])).toEqual({ from: null, url: null, user: 'root', password: null, batch: 500, inFlight: 2 })
  })

  it('takes a collection and a server', () => {
    const args = ['--from', 'dir', '--url', 'http://127.0.0.1:8080', '--password', 'p', '--batch', '1000']
    expect(readOptions(args)).toMatchObject({ from: 'dir', url: 'http://127.0.0.1:8080', password: 'p', batch: 1000 })
  })

  it('refuses what makes no sense', () => {
    expect(() => readOptions(['--batch', '0'])).toThrow('--batch has to be a whole number')
    expect(() => readOptions(['--url', 'nowhere'])).toThrow('--url has to be a URL')
    expect(() => readOptions(['--colour', 'blue'])).toThrow('--colour')
  })

  it('shows its usage instead', () => {
    expect(readOptions(['--help'])).toBeNull()
  })
})
