/**
 * Rules of single columns. A rule that could never be met, or that does not fit the type, is refused here, so that records
 * are only ever judged by rules that make sense.
 *
 * Regular expressions come from people who may change the datamodel; they are compiled once here and again when a version
 * is loaded. What one costs cannot be decided by looking at it: here its length is capped, and its time where it is used.
 */
import { parseDate } from '../objects/values/dates.ts'
import { isDated, isNumeric, isText } from './column-types.ts'
import { refuse, type SchemaColumn } from './documents.ts'

const LONGEST_PATTERN = 1000

type Bound = number | string
export interface Bounds {
  readonly lower?: Bound
  readonly upper?: Bound
  readonly lowerOpen: boolean
  readonly upperOpen: boolean
}

const present = <T>(value: T | null | undefined | ''): value is T => value !== null && value !== undefined && value !== ''

/** Unicode rules where the expression follows them, else those of the older notation. Undefined when it is none at all. */
export function compilePattern(source: string, flags: string | null | undefined): RegExp | undefined {
  for (const mode of ['u', '']) {
    try {
      return new RegExp(source, `${mode}${flags ?? ''}`)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  return undefined
}

/** Both ways to write an exclusive bound: as a value of its own, or as a mark on the inclusive one. */
export function boundsOf(column: SchemaColumn): Bounds {
  const [lower, lowerOpen] = bound(column.check_range_lower, column.check_range_lower_open)
  const [upper, upperOpen] = bound(column.check_range_upper, column.check_range_upper_open)
  return { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }), lowerOpen, upperOpen }
}

function bound(inclusive: Bound | null | undefined, open: Bound | boolean | null | undefined): [Bound | undefined, boolean] {
  if (present(open) && typeof open !== 'boolean') return [open, true]
  return [present(inclusive) ? inclusive : undefined, open === true]
}

export function validateChecks(column: SchemaColumn, type: string, where: string): void {
  const check = column.check || undefined
  if ((check === 'email' || check === 'regexp') && !isText(type)) refuse(`${where}: the check ${check} needs a text, not ${type}`)
  if (check === 'regexp') validatePattern(column, where)
  if (check === 'range') validateRange(column, type, where)
  validateLengths(column, type, where)
}

function validatePattern(column: SchemaColumn, where: string): void {
  const source = column.check_regexp
  if (!source) return refuse(`${where}: the check regexp needs an expression`)
  if (source.length > LONGEST_PATTERN) refuse(`${where}: the expression is longer than ${LONGEST_PATTERN} characters`)
  if (!compilePattern(source, column.check_regexp_flags)) refuse(`${where}: the expression cannot be understood`)
}

function validateLengths({ length_min: min, length_max: max }: SchemaColumn, type: string, where: string): void {
  if (!isText(type) && ((min ?? 0) > 0 || (max ?? 0) > 0)) refuse(`${where}: only texts have a length, not ${type}`)
  if (present(min) && present(max) && max > 0 && min > max) refuse(`${where}: the least length is above the greatest`)
}

function validateRange(column: SchemaColumn, type: string, where: string): void {
  if (!isNumeric(type) && !isDated(type)) refuse(`${where}: the check range needs a number or a date, not ${type}`)
  if (column.check_range_not_empty && type !== 'daterange') refuse(`${where}: only ranges of dates can be empty`)
  for (const end of ['lower', 'upper'] as const) {
    const [inclusive, open] = [column[`check_range_${end}`], column[`check_range_${end}_open`]]
    if (present(inclusive) && present(open) && typeof open !== 'boolean') refuse(`${where}: the ${end} bound is both inclusive and exclusive`)
    if (open === true && !present(inclusive)) refuse(`${where}: there is no ${end} bound to exclude`)
  }
  const { lower, upper } = boundsOf(column)
  if (lower === undefined && upper === undefined) refuse(`${where}: a range needs a bound`)
  const [low, high] = [lower, upper].map((value) => (value === undefined ? undefined : position(value, type, where)))
  if (low !== undefined && high !== undefined && low.from > high.to) refuse(`${where}: the lower bound is above the upper one`)
}

/** Where a bound lies on the scale of its type. */
function position(value: Bound, type: string, where: string): { from: bigint | number; to: bigint | number } {
  if (isNumeric(type))
    return typeof value === 'number' && Number.isFinite(value) ? { from: value, to: value } : refuse(`${where}: the bound "${value}" is no number`)
  return parseDate(String(value)) ?? refuse(`${where}: the bound "${value}" is no date`)
}
