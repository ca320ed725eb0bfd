/**
 * Values of columns on their way in: from the form they travel in to the form they are stored in, which is the same but for
 * links and files: those are looked up before they are stored. `undefined` is the answer for an empty value; it is then not stored
 * at all. Texts are never changed.
 */
import { createHash } from 'node:crypto'
import type { Column } from '../../datamodel/model.ts'
import { fail } from '../../errors.ts'
import { parseDate } from './dates.ts'
import { parseFiles } from './files.ts'
import { parseGeometry } from './geo.ts'
import { canonicalJson, isObject } from './plain-json.ts'

/** Parses the value of any column that is not a link. `where` names the place in the request for messages. */
export function parseValue(column: Column, value: unknown, where: string): unknown {
  if (value === null || value === undefined) return undefined
  switch (column.type) {
    case 'text':
    case 'text_oneline':
    case 'string':
      return typeof value === 'string' ? value : unreadable(where, 'a text is expected')
    case 'text_l10n':
    case 'text_l10n_oneline':
      return parseLocalized(value, where)
    case 'number':
    case 'integer.2':
      return parseInteger(value, where)
    case 'double':
      return parseDouble(value, where)
    case 'boolean':
      return typeof value === 'boolean' ? value : unreadable(where, 'true or false is expected')
    case 'date':
    case 'datetime':
      return parseDateValue(value, where)
    case 'daterange':
      return parseDateRange(value, where)
    case 'geo_json':
      return parseGeometry(value, where)
    case 'eas':
      return parseFiles(value, where)
    case 'link':
      return unreadable(where, 'a link is not a value')
    default:
      return parseCustom(value, where)
  }
}

const unreadable = (field: string, msg: string): never => fail('RecordUnmarshalJson', { field, msg })

/** Any language is accepted; those without a text are left out. */
function parseLocalized(value: unknown, where: string): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return unreadable(where, 'an object with a text per language is expected')
  const texts: Record<string, string> = {}
  for (const [language, text] of Object.entries(value)) {
    if (text === null) continue
    if (typeof text !== 'string') return unreadable(`${where}.${language}`, 'a text is expected')
    texts[language] = text
  }
  return Object.keys(texts).length === 0 ? undefined : texts
}

function parseInteger(value: unknown, where: string): number {
  if (typeof value !== 'number') return unreadable(where, 'an integer is expected')
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
  if (Number.isInteger(value) || !Number.isFinite(value)) fail('NumberOutOfRange', { field: where, value: String(value) })
  return unreadable(where, 'an integer is expected, without decimals')
}

function parseDouble(value: unknown, where: string): number {
  if (typeof value !== 'number') return unreadable(where, 'a number is expected')
  if (!Number.isFinite(value)) fail('NumberOutOfRange', { field: where, value: String(value) })
  return value === 0 ? 0 : value
}

function parseDateValue(value: unknown, where: string): { value: string } | undefined {
  if (!isObject(value)) return unreadable(where, 'an object with the date as `value` is expected')
  onlyKeys(value, ['value'], where)
  const text = dateText(value.value, `${where}.value`)
  return text === undefined ? undefined : { value: text }
}

function dateText(value: unknown, where: string): string | undefined {
  if (value === null || value === undefined || value === '') return undefined
  if (typeof value !== 'string') return unreadable(where, 'a date as text is expected')
  return parseDate(value)?.text ?? unreadable(where, 'this is not a date; an example is 2006-01-02')
}

interface DateRange {
  from?: string
  to?: string
  text?: Readonly<Record<string, string>>
}

function parseDateRange(value: unknown, where: string): DateRange | undefined {
  if (!isObject(value)) return unreadable(where, 'an object with `from` and `to` is expected')
  onlyKeys(value, ['from', 'to', 'text'], where)
  const from = dateText(value.from, `${where}.from`)
  const to = dateText(value.to, `${where}.to`)
  const text = value.text === null || value.text === undefined ? undefined : parseLocalized(value.text, `${where}.text`)
  if (from === undefined && to === undefined) return text ? unreadable(where, 'at least one of `from` and `to` is expected') : undefined
  if (from !== undefined && to !== undefined && beginOf(from) > endOf(to)) return unreadable(where, '`from` lies behind `to`')
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }), ...(text && { text }) }
}

const beginOf = (text: string) => parseDate(text)?.from ?? 0n
const endOf = (text: string) => parseDate(text)?.to ?? 0n

/** Without a `_uuid` the value gets one from its content, so that equal content has an equal identity. */
function parseCustom(value: unknown, where: string): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(value)) return unreadable(where, 'an object is expected')
  const { _uuid: given, ...content } = value
  if (given === null || given === undefined) return Object.keys(content).length === 0 ? undefined : { _uuid: contentUuid(content), ...content }
  if (typeof given !== 'string' || given === '' || given.length > 200) return unreadable(`${where}._uuid`, 'a UUID is expected')
  return value
}

/** A UUID of version 8 (free form) from the first half of a digest. */
function contentUuid(content: object): string {
  const digest = createHash('sha256').update(canonicalJson(content)).digest('hex')
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 3) | 8).toString(16)
  return [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, `${variant}${digest.slice(17, 20)}`, digest.slice(20, 32)].join('-')
}

function onlyKeys(value: object, known: readonly string[], where: string): void {
  const other = Object.keys(value).find((key) => !known.includes(key))
  if (other !== undefined) unreadable(where, `the key ${other} is not known here`)
}
