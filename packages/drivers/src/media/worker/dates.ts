/** Dates as files have them, to moments in UTC. */

const DATE = /^(\d{4})[:-](\d{2})(?:[:-](\d{2}))?(?:[ T](\d{2}):?(\d{2})(?::?(\d{2})(?:\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/

/** Undefined for what is no date. Without an offset, here or given, the clock is taken to show UTC: nothing says where it hung. */
export function momentOf(text: unknown, offset?: unknown): string | undefined {
  const found = typeof text === 'string' ? DATE.exec(text.trim()) : null
  if (found === null) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const local = new Date(Date.UTC(year, month - 1, Math.max(day, 1), hour, minute, second))
  // A month 13 or a day 31 of February would move on into the next.
  if (year === 0 || month < 1 || local.getUTCMonth() !== month - 1 || hour > 23 || minute > 59) return undefined
  const moment = local.getTime() - minutesOf(found[7] ?? offset) * 60_000
  return `${new Date(moment).toISOString().slice(0, 19)}Z`
}

function minutesOf(offset: unknown): number {
  const found = typeof offset === 'string' ? /^([+-])(\d{2}):?(\d{2})$/.exec(offset.trim()) : null
  if (found === null) return 0
  return (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3]))
}
