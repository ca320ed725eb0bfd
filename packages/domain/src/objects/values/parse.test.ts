import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Column, ColumnType } from '../../datamodel/model.ts'
import { isDomainError } from '../../errors.ts'
import { parseValue } from './parse.ts'
import { canonicalJson, requirePlainJson } from './plain-json.ts'

const parse = (type: ColumnType, value: unknown) => parseValue({ type } as Column, value, 'thing.field')

/** The code that a parse is refused with. */
function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (isDomainError(error)) return error.code
    throw error
  }
  return 'none'
}

const accepted: [ColumnType, unknown][] = [
  ['text', ' untouched \n\u0301e '],
  ['text_oneline', 'two\nlines'],
  ['string', 'A$5667'],
  ['text_l10n', { 'de-DE': 'Hafen', 'tlh-Latn': 'vergh', x: '' }],
  ['number', 9_007_199_254_740_991],
  ['number', -9_007_199_254_740_991],
  ['integer.2', 567],
  ['double', 1234.5678],
  ['double', 5e-324],
  ['boolean', false],
  ['date', { value: '2006' }],
  ['datetime', { value: '2006-01-02T15:04:05+01:00' }],
  ['daterange', { from: '2001', to: '2010', text: { 'en-US': 'the noughties' } }],
  ['daterange', { to: '-0044' }],
  ['geo_json', { type: 'Point', coordinates: [1, 2, 3] }],
  ['geo_json', { type: 'Feature', geometry: null, properties: { a: [1] } }],
  [
    'geo_json',
    { type: 'FeatureCollection', features: [{ type: 'Feature', geometry: { type: 'GeometryCollection', geometries: [{ type: 'Point' }] } }] },
  ],
  ['custom:base.gazetteer.place', { _uuid: 'given', name: 'Harbour' }],
]
const empty: [ColumnType, unknown][] = [
  ['text', null],
  ['text_l10n', {}],
  ['text_l10n', { 'de-DE': null }],
  ['date', { value: null }],
  ['daterange', {}],
  ['daterange', { from: '', to: null, text: {} }],
  ['eas', []],
  ['geo_json', {}],
  ['custom:base.gazetteer.place', {}],
]
const refused: [ColumnType, unknown, string][] = [
  ['text', 1, 'RecordUnmarshalJson'],
  ['text_l10n', 'text', 'RecordUnmarshalJson'],
  ['text_l10n', { 'de-DE': 1 }, 'RecordUnmarshalJson'],
  ['number', '1', 'RecordUnmarshalJson'],
  ['number', 1.5, 'RecordUnmarshalJson'],
  ['number', 9_007_199_254_740_992, 'NumberOutOfRange'],
  ['integer.2', 1e300, 'NumberOutOfRange'],
  ['integer.2', 5.67, 'RecordUnmarshalJson'],
  ['double', '1.5', 'RecordUnmarshalJson'],
  ['double', JSON.parse('1e999'), 'NumberOutOfRange'],
  ['boolean', 'true', 'RecordUnmarshalJson'],
  ['date', '2006', 'RecordUnmarshalJson'],
  ['date', { value: '2006-02-30' }, 'RecordUnmarshalJson'],
  ['date', { value: '2006', from: '2006' }, 'RecordUnmarshalJson'],
  ['daterange', { text: { 'en-US': 'never' } }, 'RecordUnmarshalJson'],
  ['daterange', { from: '2010', to: '2001' }, 'RecordUnmarshalJson'],
  ['geo_json', { type: 'Circle' }, 'RecordUnmarshalJson'],
  ['geo_json', { type: 'Feature', geometry: { type: 'Nothing' } }, 'RecordUnmarshalJson'],
  ['eas', [{ _id: 10, preffered: true }], 'RecordUnmarshalJson'],
  ['custom:base.gazetteer.place', 'text', 'RecordUnmarshalJson'],
]

describe('parseValue', () => {
  it.each(accepted)('keeps a %s as it is: %j', (type, value) => expect(parse(type, value)).toEqual(value))
  it.each(empty)('takes a %s for empty: %j', (type, value) => expect(parse(type, value)).toBeUndefined())
  it.each(refused)('refuses a %s: %j, with %s', (type, value, code) => expect(refusal(() => parse(type, value))).toBe(code))

  it('keeps every text, integer and double', () => {
    const kept = (type: ColumnType) => (value: unknown) => {
      expect(parse(type, value)).toBe(value)
    }
    fc.assert(fc.property(fc.string({ unit: 'binary' }), kept('text')))
    fc.assert(fc.property(fc.maxSafeInteger(), kept('number')))
    fc.assert(
      fc.property(
        fc.double({ noDefaultInfinity: true, noNaN: true }).filter((value) => !Object.is(value, -0)),
        kept('double'),
      ),
    )
  })

  it('gives equal custom values an equal UUID, whatever the order of their keys', () => {
    const [a, b, c] = [
      { x: 1, y: [2] },
      { y: [2], x: 1 },
      { x: 1, y: [3] },
    ].map((value) => parse('custom:base.p.t', value) as { _uuid: string })
    expect(a?._uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(b?._uuid).toBe(a?._uuid)
    expect(c?._uuid).not.toBe(a?._uuid)
  })
})

describe('requirePlainJson', () => {
  const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown
  it.each([
    ['a null character', { a: ['x\u0000'] }],
    ['half a surrogate pair', { a: '\ud800' }],
    ['half a surrogate pair in a key', { '\udc00': 1 }],
    ['a prototype key', JSON.parse('{"a":{"__proto__":{"root":true}}}')],
    ['a nesting bomb', nested(100_000)],
  ])('refuses %s', (_, value) => expect(refusal(() => requirePlainJson(value, 'here'))).toBe('SchemaInconsistent'))
  it('refuses numbers that no double can hold', () => expect(refusal(() => requirePlainJson(JSON.parse('[1e999]'), 'here'))).toBe('NumberOutOfRange'))
  it('accepts what people write', () => expect(refusal(() => requirePlainJson({ a: ['😀', nested(20), null, 1] }, 'here'))).toBe('none'))
})

describe('canonicalJson', () => {
  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
