/**
 * Text in several languages at once, as `_standard` needs it: a part either belongs to a language, or it is the same in all of
 * them. Parts are joined language by language, so a part that lacks a language leaves no stray separator there.
 */
import type { Column } from '../datamodel/model.ts'
import { asDate, asDateRange, booleanText, dateText, numberText } from './standard-values.ts'

export interface Text {
  /** The same in every language that has no text of its own. */
  readonly common?: string
  readonly own: Readonly<Record<string, string>>
}

const SEPARATORS: Readonly<Record<string, string>> = {
  comma: ', ',
  space: ' ',
  colon: ': ',
  semicolon: '; ',
  newline: '\n',
  dash: ' - ',
  pipe: ' | ',
}
const BRACKETS: Readonly<Record<string, readonly [string, string]>> = {
  brackets: ['{', '}'],
  'round-parentheses': ['(', ')'],
  'square-brackets': ['[', ']'],
}

/** Appends a part in its format: a separator stands before it, brackets stand around it. */
export function append(before: Text | undefined, part: Text, format: string): Text {
  const bracket = BRACKETS[format]
  const wrapped = bracket ? mapText(part, (text) => `${bracket[0]}${text}${bracket[1]}`) : part
  if (!before) return wrapped
  const separator = bracket ? ' ' : (SEPARATORS[format] ?? ', ')
  const join = (a: string | undefined, b: string | undefined) => (a && b ? a + separator + b : (a ?? b ?? ''))
  const own: Record<string, string> = {}
  for (const language of new Set([...Object.keys(before.own), ...Object.keys(wrapped.own)]))
    own[language] = join(before.own[language] ?? before.common, wrapped.own[language] ?? wrapped.common)
  const common = join(before.common, wrapped.common)
  return common ? { common, own } : { own }
}

export function mapText(text: Text, change: (text: string) => string): Text {
  const own = Object.fromEntries(Object.entries(text.own).map(([language, value]) => [language, change(value)]))
  return text.common === undefined ? { own } : { common: change(text.common), own }
}

/** The text per language: all database languages where it is common, and those it has a text of its own in. */
export function spread(text: Text, languages: readonly string[]): Readonly<Record<string, string>> {
  if (!text.common) return text.own
  const out: Record<string, string> = {}
  for (const language of languages) out[language] = text.common
  return Object.assign(out, text.own)
}

export const common = (text: string): Text | undefined => (text === '' ? undefined : { common: text, own: {} })

function localized(value: unknown): Text | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const own: Record<string, string> = {}
  for (const [language, text] of Object.entries(value)) if (typeof text === 'string' && text !== '') own[language] = text
  return Object.keys(own).length ? { own } : undefined
}

const perLanguage = (languages: readonly string[], write: (language: string) => string): Text => ({
  own: Object.fromEntries(languages.map((language) => [language, write(language)])),
})

/** What a stored value of a plain column says; undefined when it says nothing. Files, places and links are not text. */
export function valueText(column: Column, value: unknown, languages: readonly string[]): Text | undefined {
  if (value === undefined || value === null) return undefined
  switch (column.type) {
    case 'text':
    case 'text_oneline':
    case 'string':
      return common(String(value))
    case 'text_l10n':
    case 'text_l10n_oneline':
      return localized(value)
    case 'number':
    case 'integer.2':
    case 'double':
      return typeof value === 'number' ? perLanguage(languages, (language) => numberText(column.type, value, language)) : undefined
    case 'boolean':
      return perLanguage(languages, (language) => booleanText(value === true, language))
    case 'date':
    case 'datetime': {
      const date = asDate(value)
      return date === undefined ? undefined : perLanguage(languages, (language) => dateText(date, language))
    }
    case 'daterange':
      return rangeText(value, languages)
    case 'link':
    case 'eas':
    case 'geo_json':
      return undefined
    default:
      return customText(value)
  }
}

function rangeText(value: unknown, languages: readonly string[]): Text | undefined {
  const range = asDateRange(value)
  if (!range) return undefined
  const write = (text: string | undefined, language: string) => (text === undefined ? '' : dateText(text, language))
  const dates =
    range.from === undefined && range.to === undefined
      ? undefined
      : perLanguage(languages, (language) => `${write(range.from, language)} – ${write(range.to, language)}`.trim())
  const label = localized(range.text)
  return label || dates ? { own: { ...dates?.own, ...label?.own } } : undefined
}

/** Values of plugin types bring their own standard. */
function customText(value: unknown): Text | undefined {
  const standard =
    typeof value === 'object' && value !== null ? (value as { _standard?: { text?: unknown; l10ntext?: unknown } })._standard : undefined
  if (!standard) return undefined
  return typeof standard.text === 'string' ? common(standard.text) : (localized(standard.l10ntext) ?? localized(standard.text))
}
