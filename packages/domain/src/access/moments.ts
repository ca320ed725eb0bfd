/**
 * The ends of a time span as entries of access lists write them. A year, month or day stands for all of it; a moment without
 * a zone is in UTC. A text that names no moment makes a span in which nothing ever lies: an entry that was meant to end must
 * not go on for ever.
 */
const PARTIAL = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/
const ZONE = /(?:Z|[+-]\d{2}:?\d{2})$/i

/** Whether an end of a span says when it is. */
export const isReadable = (text: string | null | undefined): boolean => beginOf(text) !== Infinity

/** The first millisecond of the span. */
export function beginOf(text: string | null | undefined): number {
  if (text === undefined || text === null || text === '') return -Infinity
  const partial = PARTIAL.exec(text)
  const moment = partial ? Date.parse(text) : parsed(text)
  return Number.isNaN(moment) ? Infinity : moment
}

/** The first millisecond after the span. */
export function endOf(text: string | null | undefined): number {
  if (text === undefined || text === null || text === '') return Infinity
  const [, year, month, day] = PARTIAL.exec(text) ?? []
  const moment = year === undefined ? parsed(text) + 1 : Number.isNaN(Date.parse(text)) ? NaN : next(Number(year), month, day)
  return Number.isNaN(moment) ? -Infinity : moment
}

const parsed = (text: string) => Date.parse(ZONE.test(text) ? text : `${text}Z`)

function next(year: number, month: string | undefined, day: string | undefined): number {
  if (month === undefined) return Date.UTC(year + 1, 0, 1)
  if (day === undefined) return Date.UTC(year, Number(month), 1)
  return Date.UTC(year, Number(month) - 1, Number(day) + 1)
}
