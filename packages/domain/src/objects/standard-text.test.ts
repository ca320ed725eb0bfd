import { describe, expect, it } from 'vitest'
import type { Column, ColumnType } from '../datamodel/model.ts'
import { simplified } from './standard-geo.ts'
import { append, common, spread, valueText, type Text } from './standard-text.ts'

const languages = ['en-US', 'de-DE']
const said = (type: ColumnType, value: unknown) => {
  const text = valueText({ id: 1, type } as Column, value, languages)
  return text && spread(text, languages)
}
const both = (en: string, de = en) => ({ 'en-US': en, 'de-DE': de })

describe('the text of a value', () => {
  it('is the same in all languages where it has none', () => {
    expect(said('text', 'abc')).toEqual(both('abc'))
    expect(said('string', 'A$5667')).toEqual(both('A$5667'))
  })
  it('keeps languages apart, those that are not configured included', () => {
    expect(said('text_l10n', { 'en-US': 'Harbour', 'fr-FR': 'Port', 'de-DE': '' })).toEqual({ 'en-US': 'Harbour', 'fr-FR': 'Port' })
  })
  it('writes numbers, hundredths and truth as people of the language do', () => {
    expect(said('number', 1890)).toEqual(both('1890'))
    expect(said('integer.2', 123456)).toEqual(both('1234.56', '1234,56'))
    expect(said('double', 0.5)).toEqual(both('0.5', '0,5'))
    expect(said('boolean', true)).toEqual(both('Yes', 'Ja'))
    expect(said('boolean', false)).toEqual(both('No', 'Nein'))
  })
  it.each([
    ['2010', both('2010')],
    ['2010-12', both('12/2010')],
    ['2010-12-10', both('12/10/2010', '10.12.2010')],
    ['0099-12-10', both('0099-12-10')],
    ['-0044', both('-0044')],
    ['123456', both('123456')],
  ])('writes the date %s as wide as it was given', (value, expected) => {
    expect(said('date', { value })).toEqual(expected)
  })
  it('writes times in the zone they were given in', () => {
    expect(said('datetime', { value: '2010-12-10T12:45:00+01:00' })?.['de-DE']).toBe('10.12.2010, 12:45:00')
  })
  it('shows the label of a range where it has one, and its dates elsewhere', () => {
    expect(said('daterange', { from: '2001', to: '2010', text: { 'de-DE': 'Anfang des Jahrtausends' } })).toEqual(
      both('2001 – 2010', 'Anfang des Jahrtausends'),
    )
    expect(said('daterange', { from: '2001' })).toEqual(both('2001 –'))
  })
  it('asks values of plugin types for their own', () => {
    expect(said('custom:base.gazetteer.place', { _standard: { text: 'Porto' } })).toEqual(both('Porto'))
    expect(said('custom:base.gazetteer.place', { _standard: { l10ntext: { 'en-US': 'Lisbon' } } })).toEqual({ 'en-US': 'Lisbon' })
    expect(said('custom:base.gazetteer.place', { name: 'Porto' })).toBeUndefined()
  })
  it('is nothing where nothing is said', () => {
    for (const type of ['text', 'text_l10n', 'number', 'boolean', 'date', 'daterange', 'link', 'eas', 'geo_json'] as const)
      expect(said(type, undefined)).toBeUndefined()
    expect(said('text', '')).toBeUndefined()
    expect(said('text_l10n', {})).toBeUndefined()
  })
})

describe('joining', () => {
  const a = common('a') as Text
  it.each([
    ['comma', 'a, b'],
    ['space', 'a b'],
    ['colon', 'a: b'],
    ['semicolon', 'a; b'],
    ['newline', 'a\nb'],
    ['dash', 'a - b'],
    ['pipe', 'a | b'],
    ['brackets', 'a {b}'],
    ['round-parentheses', 'a (b)'],
    ['square-brackets', 'a [b]'],
    ['unheard-of', 'a, b'],
  ])('%s', (format, expected) => {
    expect(append(a, common('b') as Text, format).common).toBe(expected)
  })
  it('puts brackets around a first part, but no separator before it', () => {
    expect(append(undefined, a, 'round-parentheses').common).toBe('(a)')
    expect(append(undefined, a, 'dash').common).toBe('a')
  })
  it('leaves no stray separator in a language that a part lacks', () => {
    const joined = append({ own: { 'en-US': 'Harbour' } }, { own: { 'de-DE': 'Hafen' } }, 'comma')
    expect(spread(append(joined, a, 'dash'), languages)).toEqual(both('Harbour - a', 'Hafen - a'))
  })
})

describe('shapes', () => {
  it('keep at most a hundred vertices per line, their ends among them', () => {
    const line = Array.from({ length: 1000 }, (_, i) => [i, i])
    const { geometry } = simplified({ type: 'Feature', geometry: { type: 'LineString', coordinates: line }, properties: { note: 'kept' } }) as {
      geometry: { coordinates: number[][] }
    }
    expect(geometry.coordinates).toHaveLength(100)
    expect([geometry.coordinates[0], geometry.coordinates.at(-1)]).toEqual([
      [0, 0],
      [999, 999],
    ])
  })
  it('are left alone when they are small', () => {
    const point = { type: 'Point', coordinates: [8.6, 41.1] }
    expect(simplified(point)).toEqual(point)
  })
})
