import { describe, expect, it } from 'vitest'
import { matches } from './patterns.ts'

describe('matching texts against the expressions of a datamodel', () => {
  it.each(['T1', `T${'1'.repeat(200)}`])('says whether the text matches', (text) => {
    expect([matches(/^T\d+$/u, text), matches(/^[A-S]/u, text)]).toEqual([true, false])
  })

  it.each([/^(a+)+$/u, /^(a|a)*b$/iu, /^(?=a)(a*)*$/])('gives up on %s before anybody else has to wait for it', (pattern) => {
    expect(matches(pattern, `${'a'.repeat(40)}!`, 20)).toBe('tooSlow')
    expect(matches(/^a+$/u, 'a'.repeat(40))).toBe(true)
  })
})
