import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyPart, pathOfKey } from './file-names.ts'

/** As a walk through the folders does it. */
function keyOfPath(path: string): string | null {
  const names = path.split('/')
  const parts = names.map((name, at) => keyPart(name, at < names.length - 1))
  return parts.includes(null) ? null : Buffer.concat(parts as Buffer[]).toString()
}
const segment = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.string({ minLength: 70, maxLength: 90 }),
    fc.constantFrom('.', '..', '%', '%-', '.incoming', 'x'.repeat(80)),
  )
  .map((text) => text.replaceAll('/', '_'))
const key = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'))

describe('names in a folder', () => {
  it('are the plain keys of the server', () => {
    const plain = '3f/a9/3fa9c1d2-7b1e-4c6f-9d5a-0123456789ab.jpeg'
    expect(pathOfKey(plain)).toBe(plain)
    expect(pathOfKey('a'.repeat(64))).toBe('a'.repeat(64))
  })

  it('never lead out of it, never hide, and are short', () => {
    fc.assert(
      fc.property(key, (key) => {
        for (const name of pathOfKey(key).split('/')) expect(name).toMatch(/^[A-Za-z0-9_%-][A-Za-z0-9._%-]{0,254}$/)
      }),
    )
    expect(pathOfKey('../.a/\0')).toBe('%2E./%2Ea/%00')
  })

  it('tell the key again', () => {
    fc.assert(
      fc.property(key, (key) => {
        expect(keyOfPath(pathOfKey(key))).toBe(key)
      }),
    )
    for (const foreign of ['.incoming', 'a b', '%zz', '%2', 'ü', '..']) expect(keyPart(foreign, false)).toBeNull()
  })

  it('sort as keys do when each folder is sorted by what its names stand for', () => {
    const parts = (key: string) => {
      const names = pathOfKey(key).split('/')
      return names.map((name, at) => keyPart(name, at < names.length - 1) as Buffer)
    }
    const compareParts = (a: Buffer[], b: Buffer[]) => {
      const at = a.findIndex((part, n) => !b[n] || !part.equals(b[n]))
      return at < 0 ? a.length - b.length : b[at] ? Buffer.compare(a[at] as Buffer, b[at]) : 1
    }
    fc.assert(
      fc.property(key, key, (a, b) => {
        // No key is the folder of another.
        fc.pre(!`${a}/`.startsWith(`${b}/`) && !`${b}/`.startsWith(`${a}/`))
        expect(Math.sign(compareParts(parts(a), parts(b)))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
  })
})
