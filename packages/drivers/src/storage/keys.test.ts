import { describe, expect, it } from 'vitest'
import { compareKeys, wholeKey } from './keys.ts'

describe('keys', () => {
  it('come behind the prefix, and both together keep the rules', () => {
    expect(wholeKey('a/', 'b/ü +%.jpeg')).toBe('a/b/ü +%.jpeg')
    expect(wholeKey('', 'k'.repeat(1024))).toHaveLength(1024)
    const bad = [
      ['a/', ''],
      ['a/', '../b'],
      ['a/', '/b'],
      ['', 'ü'.repeat(513)],
      ['a/', 'k'.repeat(1023)],
      ['', 'a.'],
      ['', 'a\\b'],
      ['', 'a\u007f'],
      ['', '\udc00'],
    ] as const
    for (const [prefix, key] of bad) expect(() => wholeKey(prefix, key), JSON.stringify(key)).toThrow('no object can have the key')
  })

  it('are ordered by their bytes', () => {
    expect(['\u{1f5dd}', '\uff5e', 'b', 'a/', 'a', 'a.'].toSorted(compareKeys)).toEqual(['a', 'a.', 'a/', 'b', '\uff5e', '\u{1f5dd}'])
  })
})
