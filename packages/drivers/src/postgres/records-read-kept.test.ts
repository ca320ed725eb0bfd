import type { WrittenRecord } from '@vitrine/domain/objects/record-store'
import { describe, expect, it } from 'vitest'
import { KeptRecords } from './records-read-kept.ts'

const entry = (block: string): WrittenRecord => ({
  facts: { id: 1, table: 1, object: 1, uuid: '', version: 1, newest: 1, modified: '', values: {} },
  block,
})

describe('kept records', () => {
  it('gives up the longest unused when the budget is spent', () => {
    const kept = new KeptRecords(3 * 2100)
    for (const key of ['a', 'b', 'c']) kept.set(key, entry(key), 1)
    expect(kept.get('a')?.block).toBe('a')
    kept.set('d', entry('d'), 1)
    expect(['a', 'b', 'c', 'd'].map((key) => kept.get(key)?.block)).toEqual(['a', undefined, 'c', 'd'])
  })

  it('holds nothing that alone is larger than the budget', () => {
    const kept = new KeptRecords(5000)
    kept.set('large', entry('x'.repeat(5000)), 1)
    expect(kept.get('large')).toBeUndefined()
    kept.set('small', entry('x'), 1)
    expect(kept.get('small')?.block).toBe('x')
  })

  it('counts what the facts hold as well', () => {
    const kept = new KeptRecords(20_000)
    for (const key of ['a', 'b']) kept.set(key, entry(''), 8000)
    expect(['a', 'b'].map((key) => kept.get(key) !== undefined)).toEqual([false, true])
  })
})
