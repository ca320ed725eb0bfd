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
  const rule = brokenRule(column, value)
  if (rule !== undefined) fail('SchemaInconsistent', { msg: `${where}: ${rule}` })
}

/** What is wrong with a value, in words; undefined when nothing is. `longestMs` is how long one expression may take. */
export function brokenRule(column: Column, value: unknown, longestMs?: number): string | undefined {
  const { checks } = column
  if (value === undefined) {
    // A boolean without a value counts as false, so it is never missing.
    if (column.notNull && column.type !== 'boolean') return 'a value is required'
    return checks.notEmpty && column.type !== 'boolean' ? EMPTY : undefined
  }
  if (checks.notEmpty && isEmpty(value)) return EMPTY
  if (checks.email || checks.pattern || checks.lengthMin !== undefined || checks.lengthMax !== undefined)
    for (const text of textsOf(value)) {
      const rule = brokenTextRule(column, text, longestMs)
      if (rule !== undefined) return rule
    }
  return checks.range ? brokenRange(checks.range, value) : undefined
}

const EMPTY = 'it must not be empty'

const isEmpty = (value: unknown) => value === '' || (isObject(value) && Object.values(value).every((part) => part === ''))

/** A localised value is checked language by language. */
const textsOf = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : isObject(value) ? Object.values(value).filter((text) => typeof text === 'string') : []

const EMAIL = /^[^\s@"(),:;<>[\\\]]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+$/u

function brokenTextRule({ checks }: Column, text: string, longestMs: number | undefined): string | undefined {
  if (checks.email && text !== '' && (text.length > 254 || !EMAIL.test(text))) return 'it is not an e-mail address'
  const mismatch = checks.pattern && brokenPattern(checks.pattern, text, longestMs)
  if (mismatch !== undefined) return mismatch
  if (checks.lengthMin === undefined && checks.lengthMax === undefined) return undefined
  const length = codePoints(text)
  if (checks.lengthMin !== undefined && length < checks.lengthMin) return `it is shorter than ${checks.lengthMin} characters`
  if (checks.lengthMax !== undefined && length > checks.lengthMax) return `it is longer than ${checks.lengthMax} characters`
  return undefined
}

function brokenPattern(pattern: RegExp, text: string, longestMs: number | undefined): string | undefined {
  const answer = matches(pattern, text, longestMs)
  if (answer === 'tooSlow') return `it takes too long to find out whether it matches ${pattern.source}`
  return answer ? undefined : `it does not match ${pattern.source}`
}

/** Characters, not the 16-bit units that `length` counts. */
function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

function brokenRange(range: Range, value: unknown): string | undefined {
  const bounds = typeof value === 'number' ? numberBounds(range, value) : dateBounds(range, value)
  if (bounds.below) return `it lies below ${String(range.lower)}`
  return bounds.above ? `it lies above ${String(range.upper)}` : undefined
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
