import { describe, expect, it } from 'vitest'
import type { Column, ColumnChecks } from '../../datamodel/model.ts'
import { isDomainError } from '../../errors.ts'
import { checkValue } from './checks.ts'

const column = (checks: Partial<ColumnChecks>, more: Partial<Column> = {}) =>
  ({ type: 'text', notNull: false, ...more, checks: { notEmpty: false, email: false, ...checks } }) as Column
const range = (bounds: object) => ({ range: { lowerOpen: false, upperOpen: false, notEmpty: false, ...bounds } })

function passes(checked: Column, value: unknown): boolean {
  try {
    checkValue(checked, value, 'thing.field')
    return true
  } catch (error) {
    if (isDomainError(error) && error.code === 'SchemaInconsistent') return false
    throw error
  }
}

describe('checkValue', () => {
  it.each<[string, Column, unknown, boolean]>([
    ['a required value is there', column({}, { notNull: true }), 'x', true],
    ['a required value is missing', column({}, { notNull: true }), undefined, false],
    ['a required boolean is missing', column({}, { notNull: true, type: 'boolean' }), undefined, true],
    ['an empty text is not empty', column({ notEmpty: true }), '', false],
    ['a localised text is empty in all languages', column({ notEmpty: true }), { 'de-DE': '', 'en-US': '' }, false],
    ['an address is one', column({ email: true }), 'a.b@example.org', true],
    ['an address lacks its domain', column({ email: true }), 'a.b@', false],
    ['one language is no address', column({ email: true }), { a: 'a@example.org', b: 'nobody' }, false],
    ['a pattern matches', column({ pattern: /^[a-z]+$/i }), 'Abc', true],
    ['a pattern does not match', column({ pattern: /^[a-z]+$/ }), 'A1', false],
    ['length counts characters', column({ lengthMax: 2 }), '😀😀', true],
    ['a text is too long', column({ lengthMax: 2 }), '😀😀a', false],
    ['a text is too short', column({ lengthMin: 2 }), '😀', false],
    ['a number is at its inclusive bound', column(range({ lower: 1, upper: 5 })), 5, true],
    ['a number is at its exclusive bound', column(range({ upper: 5, upperOpen: true })), 5, false],
    ['a year reaches over the bound inside of it', column(range({ upper: '2010-06' })), { value: '2010' }, false],
    ['a year ends with its bound', column(range({ upper: '2010' })), { value: '2010-12-31' }, true],
    ['a date is inside an exclusive lower bound', column(range({ lower: '2010', lowerOpen: true })), { value: '2010-12-31' }, false],
    ['a range begins below', column(range({ lower: '2000' })), { from: '1999', to: '2001' }, false],
    ['nothing is outside of any range', column(range({ lower: 1 })), undefined, true],
  ])('%s', (_, checked, value, expected) => expect(passes(checked, value)).toBe(expected))
})
