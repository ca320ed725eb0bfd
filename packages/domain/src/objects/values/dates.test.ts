import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDate } from './dates.ts'

const text = (input: string) => parseDate(input)?.text

describe('parseDate', () => {
  it.each([
    '2006',
    '2006-01',
    '2006-01-02',
    '2006-01-02T15:04',
    '2006-01-02T15:04:05',
    '2006-01-02T15:04:05Z',
    '2006-01-02T15:04:05+01:00',
    '2006-01-02T15:04:05-23:59',
    '1890-01-01T00:00:00+00:53:28',
    '-0044-03-15',
    '0000',
    '12345-06-07',
    '-200000000',
    '292000000000',
    '+12345',
    '2000-02-29',
  ])('keeps %s exactly as wide as it was sent', (input) => expect(text(input)).toBe(input))

  it.each([
    ['2006-1-2', '2006-01-02'],
    ['44', '0044'],
    ['-44', '-0044'],
    ['2006/01/02', '2006-01-02'],
    ['2.1.2006', '2006-01-02'],
    ['01.2006', '2006-01'],
    [' 2006 ', '2006'],
    ['2006-01-02 15:04', '2006-01-02T15:04'],
    ['2006-01-02t15:04:05z', '2006-01-02T15:04:05Z'],
    ['2006-01-02T15:04:05.987654Z', '2006-01-02T15:04:05Z'],
    ['2006-01-02T15:04:05,5+0100', '2006-01-02T15:04:05+01:00'],
    ['2006-01-02T9:04:05 +01', '2006-01-02T09:04:05+01:00'],
    ['02.01.2006 15:04:05', '2006-01-02T15:04:05'],
  ])('writes %s as %s', (input, output) => expect(text(input)).toBe(output))

  it.each([
    '',
    'yesterday',
    '2006-13',
    '2006-00',
    '2006-02-29',
    '1900-02-29',
    '2006-04-31',
    '2006-01-02T24:00',
    '2006-01-02T10:60',
    '2006-01-02T10:00:60',
    '2006-01-02T10',
    '2006-01T10:00',
    '2006Z',
    '2006-01-02Z',
    '2006-01-02+01:00',
    '2006-01-02T10:00:00+24:00',
    '292277026597',
    '2006-01-02T10:00:00Zulu',
    '--2006',
    '٢٠٠٦',
  ])('refuses %s', (input) => expect(parseDate(input)).toBeUndefined())

  it('covers the whole of what a width leaves open', () => {
    expect(parseDate('1970')).toMatchObject({ from: 0n, to: 31_535_999n })
    expect(parseDate('1970-01')).toMatchObject({ from: 0n, to: 2_678_399n })
    expect(parseDate('1970-01-01')).toMatchObject({ from: 0n, to: 86_399n })
    expect(parseDate('1970-01-01T00:01')).toMatchObject({ from: 60n, to: 119n })
    expect(parseDate('1970-01-01T01:00:00+01:00')).toMatchObject({ from: 0n, to: 0n })
    expect(parseDate('0000-01-01')?.from).toBe(-62_167_219_200n)
    expect(parseDate('-0001-12-31')?.to).toBe(-62_167_219_201n)
  })

  it('agrees with the platform about every day that both know', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        const iso = date.toISOString().replace(/\.\d+/, '')
        expect(parseDate(iso)).toEqual({ text: iso, from: BigInt(Math.floor(date.getTime() / 1000)), to: BigInt(Math.floor(date.getTime() / 1000)) })
      }),
    )
  })

  it('writes what it has written the same way again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -292_000_000_000, max: 292_000_000_000 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 28 }),
        (y, m, d) => {
          const once = parseDate(`${y}-${m}-${d}`)
          expect(once && parseDate(once.text)).toEqual(once)
        },
      ),
    )
  })
})
