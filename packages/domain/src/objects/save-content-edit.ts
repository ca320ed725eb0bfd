/** How a merged change alters a value or finds the rows it is about. */
import type { Column } from '../datamodel/model.ts'
import { columnKey, type StoredRow } from './content.ts'
import type { ParsedNestedRow, ParsedRow } from './save-draft.ts'
import type { RowEdit } from './save-group.ts'
import { canonicalJson, isObject } from './values/plain-json.ts'

export const touches = ({ named, appended, replaced }: RowEdit, column: Column): boolean =>
  named.has(column) || appended.has(column) || replaced.has(column)

/** Without an edit, what was sent. With one, localised texts are merged by language, and modifiers are applied to the result. */
export function editedValue(column: Column, sent: unknown, stored: unknown, edit: RowEdit | null): unknown {
  if (!edit) return sent
  const merged = edit.named.has(column) ? (isLocalized(column) && isObject(sent) && isObject(stored) ? { ...stored, ...sent } : sent) : stored
  const replacement = edit.replaced.get(column)
  const replaced = replacement ? mapTexts(merged, (text) => text.replaceAll(replacement.search, () => replacement.replace)) : merged
  const appended = edit.appended.get(column)
  return appended === undefined ? replaced : appendText(replaced, appended)
}

const isLocalized = ({ type }: Column) => type.startsWith('text_l10n')

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([language, text]) => [language, typeof text === 'string' ? change(text) : text]))
}

function appendText(value: unknown, appended: string | Readonly<Record<string, string>>): unknown {
  if (typeof appended === 'string') return `${typeof value === 'string' ? value : ''}${appended}`
  const texts = isObject(value) ? value : {}
  const longer = Object.entries(appended).map(([language, text]) => [
    language,
    `${typeof texts[language] === 'string' ? texts[language] : ''}${text}`,
  ])
  return { ...texts, ...Object.fromEntries(longer) }
}

/** Only columns that the wanted row names are compared; of a localised one it is enough that one language agrees. */
export function rowMatches(wanted: ParsedNestedRow, row: StoredRow, valueOf: (column: Column) => unknown): boolean {
  if (wanted.uuid !== null && wanted.uuid !== row._uuid) return false
  return [...wanted.columns.keys()].every((column) => sameValue(column, valueOf(column), row[columnKey(column)]))
}

function sameValue(column: Column, wanted: unknown, stored: unknown): boolean {
  if (!isLocalized(column) || !isObject(wanted) || !isObject(stored)) return canonicalJson(wanted) === canonicalJson(stored)
  return Object.entries(wanted).some(([language, text]) => stored[language] === text)
}

/** The columns that a row has a value for, and nothing else, are changed. */
export const onlyWhatWasSent = ({ columns, nested }: ParsedRow): RowEdit => ({
  named: new Set([...columns.keys(), ...nested.keys()]),
  modes: new Map(),
  matches: new Map(),
  appended: new Map(),
  replaced: new Map(),
})
