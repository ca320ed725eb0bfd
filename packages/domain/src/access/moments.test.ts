import { describe, expect, it } from 'vitest'
import { beginOf, endOf } from './moments.ts'

describe('time spans of access lists', () => {
  it('lets a day, month or year stand for all of it', () => {
    expect(beginOf('2026-01-01')).toBe(Date.UTC(2026, 0, 1))
    expect(endOf('2026-01-31')).toBe(Date.UTC(2026, 1, 1))
    expect(endOf('2026-12')).toBe(Date.UTC(2027, 0, 1))
    expect(endOf('2024-02')).toBe(Date.UTC(2024, 2, 1))
    expect(endOf('2026')).toBe(Date.UTC(2027, 0, 1))
  })

  it('counts the last moment itself', () => {
    expect(endOf('2026-01-01T12:00:00Z')).toBe(Date.UTC(2026, 0, 1, 12) + 1)
  })

  it('takes a moment without a zone in UTC, wherever the server stands', () => {
    expect(beginOf('2026-01-01T12:00:00')).toBe(Date.UTC(2026, 0, 1, 12))
    expect(beginOf('2026-01-01T12:00:00+02:00')).toBe(Date.UTC(2026, 0, 1, 10))
  })

  it('leaves an end open that is missing', () => {
    for (const open of [undefined, null, '']) {
      expect(beginOf(open)).toBe(-Infinity)
      expect(endOf(open)).toBe(Infinity)
    }
  })

  it('contains nothing when an end names no moment', () => {
    for (const nonsense of ['soon', '2026-13', '2026-13-01', '2026-02-31T25:00']) {
      expect(beginOf(nonsense)).toBe(Infinity)
      expect(endOf(nonsense)).toBe(-Infinity)
    }
  })
})
