/**
 * What a stored value has to satisfy: required, checks, lengths and ranges. Judged on the finished content, so that kept
 * values count as well. A broken rule is SchemaInconsistent with a sentence that names the place and the rule.
 */
import type { Column, Range } from '../../datamodel/model.ts'
import { fail } from '../../errors.ts'
import { parseDate, type DateBounds } from './dates.ts'
import { matches } from './patterns.ts'
import { isObject } from './plain-json.ts'

export function checkValue(column: Column, value: unknown, where: string): void {
  const { checks } = column
  if (value === undefined) {
    // A boolean without a value counts as false, so it is never missing.
    if (column.notNull && column.type !== 'boolean') broken(where, 'a value is required')
    if (checks.notEmpty && column.type !== 'boolean') broken(where, 'it must not be empty')
    return
  }
  if (checks.notEmpty && isEmpty(value)) broken(where, 'it must not be empty')
  if (checks.email || checks.pattern || checks.lengthMin !== undefined || checks.lengthMax !== undefined)
    for (const text of textsOf(value)) checkText(column, text, where)
  if (checks.range) checkRange(checks.range, value, where)
}

const broken = (where: string, rule: string): never => fail('SchemaInconsistent', { msg: `${where}: ${rule}` })

const isEmpty = (value: unknown) => value === '' || (isObject(value) && Object.values(value).every((part) => part === ''))

/** A localised value is checked language by language. */
const textsOf = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : isObject(value) ? Object.values(value).filter((text) => typeof text === 'string') : []

const EMAIL = /^[^\s@"(),:;<>[\\\]]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+$/u

function checkText({ checks }: Column, text: string, where: string): void {
  if (checks.email && text !== '' && (text.length > 254 || !EMAIL.test(text))) broken(where, 'it is not an e-mail address')
  if (checks.pattern) checkPattern(checks.pattern, text, where)
  if (checks.lengthMin === undefined && checks.lengthMax === undefined) return
  const length = codePoints(text)
  if (checks.lengthMin !== undefined && length < checks.lengthMin) broken(where, `it is shorter than ${checks.lengthMin} characters`)
  if (checks.lengthMax !== undefined && length > checks.lengthMax) broken(where, `it is longer than ${checks.lengthMax} characters`)
}

function checkPattern(pattern: RegExp, text: string, where: string): void {
  const answer = matches(pattern, text)
  if (answer === 'tooSlow') broken(where, `it takes too long to find out whether it matches ${pattern.source}`)
  if (answer === false) broken(where, `it does not match ${pattern.source}`)
}

/** Characters, not the 16-bit units that `length` counts. */
function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

function checkRange(range: Range, value: unknown, where: string): void {
  const bounds = typeof value === 'number' ? numberBounds(range, value) : dateBounds(range, value)
  if (bounds.below) broken(where, `it lies below ${String(range.lower)}`)
  if (bounds.above) broken(where, `it lies above ${String(range.upper)}`)
}

function numberBounds({ lower, upper, lowerOpen, upperOpen }: Range, value: number): { below: boolean; above: boolean } {
  const [low, high] = [Number(lower ?? -Infinity), Number(upper ?? Infinity)]
  return { below: lowerOpen ? value <= low : value < low, above: upperOpen ? value >= high : value > high }
}

/** A date lies inside with all of its seconds; an exclusive bound excludes all seconds of the bound. */
function dateBounds(range: Range, value: unknown): { below: boolean; above: boolean } {
  const { from, to } = extentOf(value)
  const lower = range.lower === undefined ? undefined : parseDate(String(range.lower))
  const upper = range.upper === undefined ? undefined : parseDate(String(range.upper))
  return {
    below: lower !== undefined && from !== undefined && (range.lowerOpen ? from <= lower.to : from < lower.from),
    above: upper !== undefined && to !== undefined && (range.upperOpen ? to >= upper.from : to > upper.to),
  }
}

function extentOf(value: unknown): Partial<DateBounds> {
  if (!isObject(value)) return {}
  const [first, last] = typeof value.value === 'string' ? [value.value, value.value] : [value.from, value.to]
  const from = typeof first === 'string' ? parseDate(first)?.from : undefined
  const to = typeof last === 'string' ? parseDate(last)?.to : undefined
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
}
