/**
 * Dates of any precision, from a bare year to a second with its zone. A date is a range: `2010` reaches from the first to the
 * last second of that year. The text is kept as wide as it was sent; only its notation is made uniform. Years follow the
 * proleptic Gregorian calendar with a year 0 and reach as far as 64-bit seconds do, so seconds are bigints here.
 */

export interface DateBounds {
  /** Seconds since 1970 in UTC, both inclusive. */
  readonly from: bigint
  readonly to: bigint
}
export interface ParsedDate extends DateBounds {
  /** The uniform notation, as wide as the input. */
  readonly text: string
}

/** 64-bit seconds end a little above 292,277,000,000 years from 1970. */
const FARTHEST_YEAR = 292_000_000_000
const LONGEST_TEXT = 64

const YEAR = String.raw`([+-]?\d{1,12})`
const ZONE = String.raw`([zZ]|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?`
const TIME = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s?${ZONE}`
const YEAR_FIRST = new RegExp(`^${YEAR}(?:[-/](\\d{1,2})(?:[-/](\\d{1,2})(?:[tT ]${TIME})?)?)?$`)
const DAY_FIRST = new RegExp(`^(?:(\\d{1,2})\\.)?(\\d{1,2})\\.([+-]?\\d{4,12})(?:[tT ]${TIME})?$`)

interface Parts {
  readonly year: string
  readonly month: string | undefined
  readonly day: string | undefined
  readonly hour: string | undefined
  readonly minute: string | undefined
  readonly second: string | undefined
  readonly zone: string | undefined
}

/** Undefined when the text is no date: an unknown notation, or a day that the calendar does not have. */
export function parseDate(input: string): ParsedDate | undefined {
  const text = input.trim()
  if (text.length > LONGEST_TEXT) return undefined
  const parts = split(text)
  if (!parts) return undefined
  const year = Number(parts.year)
  if (Math.abs(year) > FARTHEST_YEAR) return undefined
  const month = parts.month === undefined ? undefined : Number(parts.month)
  if (month !== undefined && (month < 1 || month > 12)) return undefined
  const day = parts.day === undefined ? undefined : Number(parts.day)
  if (day !== undefined && (day < 1 || day > daysIn(year, month ?? 1))) return undefined
  const clock = clockOf(parts)
  if (!clock) return undefined
  return { text: written(parts, clock.zoneText), ...boundsOf(year, month, day, clock) }
}

function split(text: string): Parts | undefined {
  const a = YEAR_FIRST.exec(text)
  if (a) return { year: a[1] ?? '', month: a[2], day: a[3], hour: a[4], minute: a[5], second: a[6], zone: a[7] }
  const b = DAY_FIRST.exec(text)
  // A time needs a day in front of it.
  if (!b || (b[4] !== undefined && b[1] === undefined)) return undefined
  return { year: b[3] ?? '', month: b[2], day: b[1], hour: b[4], minute: b[5], second: b[6], zone: b[7] }
}

interface Clock {
  /** Seconds of the day, and how many seconds the last written digit stands for. */
  readonly seconds: number | undefined
  readonly width: number
  readonly offset: number
  readonly zoneText: string
}

function clockOf({ hour, minute, second, zone }: Parts): Clock | undefined {
  if (hour === undefined || minute === undefined) return { seconds: undefined, width: 0, offset: 0, zoneText: '' }
  const [h, m, s] = [Number(hour), Number(minute), Number(second ?? 0)]
  if (h > 23 || m > 59 || s > 59) return undefined
  const offset = zoneOf(zone)
  if (!offset) return undefined
  return { seconds: h * 3600 + m * 60 + s, width: second === undefined ? 60 : 1, ...offset }
}

function zoneOf(zone: string | undefined): { offset: number; zoneText: string } | undefined {
  if (zone === undefined) return { offset: 0, zoneText: '' }
  if (zone === 'z' || zone === 'Z') return { offset: 0, zoneText: 'Z' }
  const digits = zone.slice(1).replaceAll(':', '')
  const [h, m, s] = [Number(digits.slice(0, 2)), Number(digits.slice(2, 4)), Number(digits.slice(4, 6))]
  if (h > 23 || m > 59 || s > 59) return undefined
  const seconds = digits.length === 6 ? `:${digits.slice(4, 6)}` : ''
  const sign = zone.startsWith('-') ? -1 : 1
  return { offset: sign * (h * 3600 + m * 60 + s), zoneText: `${zone[0]}${pad(h)}:${pad(m)}${seconds}` }
}

const pad = (value: number | string, width = 2) => String(value).padStart(width, '0')

function written({ year, month, day, hour, minute, second }: Parts, zoneText: string): string {
  const sign = year.startsWith('-') ? '-' : ''
  const digits = year.replace(/^[+-]/, '')
  // ISO 8601 wants a plus in front of years with more than four digits; it is kept where somebody wrote it.
  const plus = year.startsWith('+') && digits.length > 4 ? '+' : ''
  let text = `${sign}${plus}${pad(digits, 4)}`
  if (month !== undefined) text += `-${pad(month)}`
  if (day !== undefined) text += `-${pad(day)}`
  if (hour === undefined || minute === undefined) return text
  text += `T${pad(hour)}:${minute}`
  if (second !== undefined) text += `:${second}`
  return text + zoneText
}

function boundsOf(year: number, month: number | undefined, day: number | undefined, clock: Clock): DateBounds {
  const first = daysBefore(year, month ?? 1, day ?? 1)
  if (clock.seconds !== undefined) {
    const from = first * 86_400n + BigInt(clock.seconds - clock.offset)
    return { from, to: from + BigInt(clock.width - 1) }
  }
  const days = day !== undefined ? 1 : month !== undefined ? daysIn(year, month) : isLeap(year) ? 366 : 365
  return { from: first * 86_400n, to: (first + BigInt(days)) * 86_400n - 1n }
}

const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const daysIn = (year: number, month: number) => (month === 2 && isLeap(year) ? 29 : (MONTHS[month - 1] ?? 0))

/** Days from 1970-01-01 to this day. The year is counted from March, so that the leap day comes last in it. */
function daysBefore(year: number, month: number, day: number): bigint {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return BigInt(era) * 146_097n + BigInt(dayOfEra) - 719_468n
}
