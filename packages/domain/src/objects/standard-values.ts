/** Numbers, dates and booleans as people of a language read them. What cannot be read as a date is shown as it is stored. */

const YES_NO: Readonly<Record<string, readonly [string, string]>> = {
  da: ['Ja', 'Nej'],
  de: ['Ja', 'Nein'],
  en: ['Yes', 'No'],
  fi: ['Kyllä', 'Ei'],
  fr: ['Oui', 'Non'],
  it: ['Sì', 'No'],
  ru: ['Да', 'Нет'],
  sv: ['Ja', 'Nej'],
}
export function booleanText(value: boolean, language: string): string {
  const [yes, no] = YES_NO[language.split('-')[0] ?? ''] ?? ['Yes', 'No']
  return value ? yes : no
}

const isLanguage = (language: string) => {
  try {
    return Intl.getCanonicalLocales(language).length > 0
  } catch {
    return false
  }
}
/** Formatters are costly to make; there are few languages and few ways to write. */
function kept<T>(make: (language: string) => T): (language: string) => T {
  const made = new Map<string, T>()
  return (language) => {
    const known = made.get(language) ?? make(isLanguage(language) ? language : 'en')
    made.set(language, known)
    return known
  }
}

// No grouping: the numbers of a collection are as often years and call numbers as amounts.
const plain = kept((language) => new Intl.NumberFormat(language, { useGrouping: false, maximumFractionDigits: 15 }))
const hundredths = kept((language) => new Intl.NumberFormat(language, { useGrouping: false, minimumFractionDigits: 2, maximumFractionDigits: 2 }))

export const numberText = (type: string, value: number, language: string): string =>
  type === 'integer.2' ? hundredths(language).format(value / 100) : plain(language).format(value)

const MONTH = { year: 'numeric', month: '2-digit' } as const
const DAY = { ...MONTH, day: '2-digit' } as const
const MINUTE = { ...DAY, hour: '2-digit', minute: '2-digit' } as const
const inUtc = (options: Intl.DateTimeFormatOptions) => kept((language: string) => new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }))
const byWidth = [inUtc(MONTH), inUtc(DAY), inUtc(MINUTE), inUtc({ ...MINUTE, second: '2-digit' })] as const
/**
 * The parts of a stored date as wide as it was given: year, then month, day, minutes, seconds. Earlier years stay as they are
 * stored: languages cut their leading zeros off, and the year 99 would read like 1999.
 */
const PARTS = /^([1-9]\d{3})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?.*)?)?)?$/

/** A date is shown in the zone it was given in, which is how its digits already read, and as wide as it was given. */
export function dateText(value: string, language: string): string {
  const parts = PARTS.exec(value)
  if (!parts || parts[2] === undefined) return value
  const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => (part === undefined ? undefined : Number(part)))
  const width = second !== undefined ? 3 : minute !== undefined ? 2 : day !== undefined ? 1 : 0
  return byWidth[width](language).format(Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0))
}

export function asDate(value: unknown): string | undefined {
  const date = typeof value === 'object' && value !== null ? (value as { value?: unknown }).value : undefined
  return typeof date === 'string' && date !== '' ? date : undefined
}

export function asDateRange(value: unknown): { from?: string; to?: string; text?: unknown } | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { from, to, text } = value as { from?: unknown; to?: unknown; text?: unknown }
  return { ...(typeof from === 'string' && { from }), ...(typeof to === 'string' && { to }), ...(text !== undefined && { text }) }
}
