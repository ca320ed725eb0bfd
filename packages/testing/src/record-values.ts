/**
 * Values for every type of column: as a client may send them, and as they come back. What a server is free to normalise
 * (notation of dates, fractions of seconds, nulls, minus zero) is worked out here on its own, from the words of the contract.
 */
import * as fc from 'fast-check'

export interface Sample {
  readonly sent: unknown
  /** What an answer shows; undefined where it shows nothing. */
  readonly kept: unknown
}

const same = (value: unknown): Sample => ({ sent: value, kept: value })
const nothing = (...values: unknown[]) => fc.constantFrom(...values).map((sent): Sample => ({ sent, kept: undefined }))
const NULL = nothing(null)

const storable = (text: string) => !text.includes('\0') && text.isWellFormed()
export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }).filter(storable),
  fc.constantFrom(
    '',
    ' ',
    '\u0001',
    '\uFFFF',
    '\u{10FFFF}',
    'a\r\nb\t',
    '"\\"',
    '__proto__',
    'null',
    '{}',
    'e\u0301',
    '\u00E9',
    "'; --",
    'x'.repeat(9000),
  ),
)
const languages = fc.oneof(
  fc.constantFrom('de-DE', 'en-US', 'fr-FR', 'tlh', ''),
  fc.string({ unit: 'grapheme', maxLength: 5 }).filter((key) => key !== '__proto__'),
)
const localized = fc.dictionary(languages, fc.option(texts), { maxKeys: 3, noNullPrototype: true }).map((sent): Sample => {
  const kept = Object.fromEntries(Object.entries(sent).filter(([, text]) => text !== null))
  return { sent, kept: Object.keys(kept).length > 0 ? kept : undefined }
})

const SAFE = Number.MAX_SAFE_INTEGER
const integers = fc.oneof(fc.integer({ min: -SAFE, max: SAFE }), fc.integer({ min: -9, max: 9 }), fc.constantFrom(SAFE, -SAFE, 0)).map(same)
const doubles = fc
  .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(5e-324, 1.7976931348623157e308, 0.1, -0, 1e21, 123456789.123))
  .map((sent): Sample => ({ sent, kept: sent === 0 ? 0 : sent }))

const two = (value: number) => String(value).padStart(2, '0')
const years = fc
  .oneof(
    fc.integer({ min: 0, max: 9999 }),
    fc.integer({ min: -9999, max: -1 }),
    fc.integer({ min: -291_000_000_000, max: 291_000_000_000 }),
    fc.constantFrom(0, 1, 1900, 2000, 2023),
  )
  .map((year) => (year < 0 ? '-' : '') + String(Math.abs(year)).padStart(4, '0'))
const zones = fc.constantFrom<[string, string][]>(
  ['', ''],
  ['Z', 'Z'],
  ['z', 'Z'],
  ['+01:00', '+01:00'],
  ['-0930', '-09:30'],
  ['+01:00:17', '+01:00:17'],
  ['+02', '+02:00'],
)
const clocks = fc
  .tuple(fc.nat(23), fc.nat(59), fc.option(fc.nat(59)), fc.constantFrom('', '.5', ',123456789'), zones, fc.constantFrom('T', ' ', 't'))
  .map(([hour, minute, second, fraction, [zone, shown], between]): [string, string] => {
    const time = `${two(hour)}:${two(minute)}${second === null ? '' : `:${two(second)}`}`
    return [`${between}${time}${second === null ? '' : fraction}${zone}`, `T${time}${shown}`]
  })
/** A date as it may be written, and in the uniform notation. */
export const dates: fc.Arbitrary<[sent: string, kept: string]> = fc
  .tuple(
    years,
    fc.option(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.option(fc.tuple(fc.integer({ min: 1, max: 28 }), fc.option(clocks))))),
    fc.boolean(),
  )
  .map(([year, rest, spaced]): [string, string] => {
    const around = (text: string) => (spaced ? ` ${text} ` : text)
    if (!rest) return [around(year), year]
    const [month, more] = rest
    if (!more) return [around(`${year}-${month}`), `${year}-${two(month)}`]
    const [day, clock] = more
    const [time, shown] = clock ?? ['', '']
    return [around(`${year}-${two(month)}-${day}${time}`), `${year}-${two(month)}-${two(day)}${shown}`]
  })
const dateValues = dates.map(([sent, kept]): Sample => ({ sent: { value: sent }, kept: { value: kept } }))
const ordered = fc.tuple(fc.nat(4000), fc.nat(4000)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)].map((year) => String(year).padStart(4, '0')))
const ranges = fc.oneof(
  fc.tuple(dates, fc.constantFrom('from', 'to')).map(([[sent, kept], end]): Sample => ({ sent: { [end]: sent }, kept: { [end]: kept } })),
  fc.tuple(ordered, fc.option(localized)).map(([[from, to], text]): Sample => {
    const [sentText, keptText] = [text?.sent, text?.kept]
    return { sent: { from, to, ...(text && { text: sentText }) }, kept: { from, to, ...(keptText !== undefined && { text: keptText }) } }
  }),
  nothing({}, { from: null, to: '' }),
)

const positions = fc.array(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -180, max: 180 }).map((n) => (n === 0 ? 0 : n)),
  { minLength: 2, maxLength: 3 },
)
const geometries: fc.Arbitrary<object> = fc.oneof(
  positions.map((coordinates) => ({ type: 'Point', coordinates })),
  fc.tuple(fc.constantFrom('LineString', 'MultiPoint'), fc.array(positions, { maxLength: 4 })).map(([type, coordinates]) => ({ type, coordinates })),
  fc.array(fc.array(positions, { maxLength: 4 }), { maxLength: 2 }).map((coordinates) => ({ type: 'Polygon', coordinates })),
)
/** JSON that a database can keep as it is. */
const plain = fc
  .jsonValue({ maxDepth: 3, stringUnit: 'grapheme' })
  .filter((value) => storable(JSON.stringify(value).replaceAll('\\u0000', '\0')) && !JSON.stringify(value).includes('__proto__'))
  .map((value): unknown => JSON.parse(JSON.stringify(value)))
const shapes = fc.oneof(
  geometries,
  fc.array(geometries, { maxLength: 2 }).map((list) => ({ type: 'GeometryCollection', geometries: list })),
  fc.tuple(fc.option(geometries), plain).map(([geometry, properties]) => ({ type: 'Feature', geometry, properties })),
  fc
    .array(geometries, { maxLength: 2 })
    .map((list) => ({ type: 'FeatureCollection', features: list.map((geometry) => ({ type: 'Feature', geometry })) })),
)

const customs = fc
  .tuple(
    fc.dictionary(fc.constantFrom('name', 'url', '_standard', '_fulltext', 'weight'), plain, { minKeys: 1, noNullPrototype: true }),
    fc.option(fc.uuid()),
  )
  .map(([content, uuid]): Sample => {
    const sent = uuid === null ? content : { _uuid: uuid, ...content }
    return { sent, kept: sent }
  })

/** Every type that needs nothing else in the datamodel. */
export const VALUE_TYPES = [
  ...['text', 'text_oneline', 'string', 'text_l10n', 'text_l10n_oneline', 'number', 'integer.2', 'double', 'boolean'],
  ...['date', 'datetime', 'daterange', 'geo_json', 'eas', 'custom:base.demo.term'],
]

/** What may be sent for a column of a type. A custom value without `_uuid` comes back with one. */
export function samples(type: string): fc.Arbitrary<Sample> {
  switch (type) {
    case 'text':
    case 'text_oneline':
    case 'string':
      return fc.oneof(texts.map(same), NULL)
    case 'text_l10n':
    case 'text_l10n_oneline':
      return fc.oneof(localized, NULL)
    case 'number':
    case 'integer.2':
      return fc.oneof(integers, NULL)
    case 'double':
      return fc.oneof(doubles, integers, NULL)
    case 'boolean':
      return fc.oneof(fc.boolean().map(same), NULL)
    case 'date':
    case 'datetime':
      return fc.oneof({ weight: 4, arbitrary: dateValues }, nothing(null, { value: null }, { value: '' }, {}))
    case 'daterange':
      return fc.oneof({ weight: 4, arbitrary: ranges }, NULL)
    case 'geo_json':
      return fc.oneof(shapes.map(same), nothing(null, {}))
    case 'eas':
      return nothing(null, [])
    default:
      return fc.oneof(customs, nothing(null, {}))
  }
}

const UNREADABLE: Readonly<Record<string, readonly unknown[]>> = {
  text: [1, true, {}, [], ['a']],
  text_l10n: ['a', 1, [], { 'de-DE': 1 }, { 'de-DE': ['a'] }],
  number: ['1', 1.5, true, {}, [1]],
  double: ['1.5', true, {}, []],
  boolean: [0, 'true', {}, []],
  date: [
    '2020-01-01',
    20200101,
    [],
    { value: 2020 },
    { value: '2020-13-01' },
    { value: '2021-02-29' },
    { value: '2020-01Z' },
    { value: 'soon' },
    { value: '2020', to: '1' },
  ],
  daterange: ['2020', [], { from: 'x' }, { from: '2010', to: '2001' }, { text: { 'de-DE': 'a' } }, { from: '2010', until: '2011' }],
  geo_json: [
    'POINT(1 1)',
    [1, 2],
    { type: 'Circle' },
    { type: 'GeometryCollection' },
    { type: 'Feature', geometry: { type: 'x' } },
    { type: 'FeatureCollection' },
  ],
  eas: [{}, 'a.jpg', 1],
  custom: ['a', 1, [], { _uuid: 5 }, { _uuid: '' }],
}
const SAME_AS: Readonly<Record<string, string>> = {
  ...{ text_oneline: 'text', string: 'text', text_l10n_oneline: 'text_l10n', 'integer.2': 'number', datetime: 'date' },
}

/** What cannot be read as a value of the type. */
export const unreadable = (type: string): readonly unknown[] => UNREADABLE[type.startsWith('custom:') ? 'custom' : (SAME_AS[type] ?? type)] ?? []
