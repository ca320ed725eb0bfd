import { describe, expect, it } from 'vitest'
import { nestsDeeper, readerOf, unstorableText } from './texts.ts'

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('the depth of a JSON text', () => {
  it.each<[string, string, number, boolean]>([
    ['at the limit', nested(5), 5, false],
    ['beyond the limit', nested(6), 5, true],
    ['beyond the limit and never closed', '{"a":'.repeat(6), 5, true],
    ['of brackets in texts', JSON.stringify(['[[[[[[[[', '{{{{{{', '\\"[[[[[[', '\\\\', '[[[[[[']), 5, false],
    ['behind an escaped quote', `["\\"",${nested(6)}]`, 5, true],
    ['behind an escaped backslash', String.raw`["\\",` + `${nested(6)}]`, 5, true],
    ['side by side', `[${Array.from({ length: 50 }, () => nested(3)).join(',')}]`, 5, false],
    ['in a text that never ends', `"${'['.repeat(50)}`, 5, false],
  ])('%s', (_, json, limit, deeper) => expect(nestsDeeper(json, limit)).toBe(deeper))
})

describe('texts that cannot be kept', () => {
  it.each<[unknown, string | undefined]>([
    ['a', undefined],
    [{ a: [{ b: '\0' }] }, '/a/0/b'],
    [{ 'a/b~c': '\uD800' }, '/a~1b~0c'],
    [{ a: { 'x\0': 1 } }, '/a'],
    [{ a: '\u{1F5BC}', b: [1, null, true] }, undefined],
  ])('are found where they are: %j', (value, at) => expect(unstorableText(value)).toBe(at))
})

describe('texts of parameters', () => {
  it('are read by the first type that is not text, and only where there is one', () => {
    const read = readerOf([
      ['n', { type: ['integer', 'null'] }],
      ['s', { type: 'string' }],
      ['l', { type: 'array', items: { type: 'boolean' } }],
    ])
    expect(read({ n: '7', s: '7', l: 'true', other: '7' })).toEqual({ n: 7, s: '7', l: [true], other: '7' })
    expect(read({ n: 'x', l: ['false', 'no'] })).toEqual({ n: 'x', l: [false, 'no'] })
  })
  it('do not touch what was given', () => {
    const texts = { n: '7' }
    readerOf([['n', { type: 'integer' }]])(texts)
    expect(texts).toEqual({ n: '7' })
  })
})
