/** `_values`: the fields of a record as a list that can be shown by somebody who knows nothing of the datamodel. */
import type { Column, ColumnField, MaskField, NestedField, ReverseField, Table } from '../datamodel/model.ts'
import type { Content, FileEntry } from './content.ts'
import { linkJson, nestedRows, reverseName, reverseRows } from './render-fields.ts'
import { isFileField } from './render-files.ts'
import type { Page, Rendered } from './render-page.ts'
import { isLink, storedKey } from './render-plan.ts'
import { spread, valueText } from './standard-text.ts'
import { numberText } from './standard-values.ts'

type Entry = Readonly<Record<string, unknown>>

export const listedValues = (page: Page, record: Rendered): Entry[] =>
  entries(page, record, record.plan.table, record.plan.listed, record.facts.values)

function entries(page: Page, record: Rendered, table: Table, fields: readonly MaskField[], values: Content): Entry[] {
  return fields.flatMap((field) => {
    const found = contentOf(page, record, field, values)
    if (!found) return []
    const [type, content] = found
    const { name, label } = namesOf(field)
    const labels = page.options.datamodel.translations[`schema.${table.name}.column.${label}`] ?? { 'en-US': name }
    return [{ api_name: name, display_name: labels, type, [type]: content }]
  })
}

/** Name of a field for programs, and what its label is found under. */
function namesOf(field: MaskField): { readonly name: string; readonly label: string } {
  if (field.kind === 'linked-table') return { name: field.table.name, label: field.table.name }
  if (field.kind !== 'reverse-linked-table') return { name: field.column.name, label: field.column.name }
  const { table, column } = field.slot
  return { name: reverseName(field).replace('_reverse_nested:', ''), label: `reverse:${table.name}${column ? `.${column.id}` : ''}` }
}

function contentOf(page: Page, record: Rendered, field: MaskField, values: Content): [string, unknown] | undefined {
  if (field.kind === 'linked-table') return nested(page, record, field, values)
  if (field.kind === 'reverse-linked-table') return reverse(page, record, field)
  return value(page, record, field, values[storedKey(field) ?? ''])
}

function nested(page: Page, record: Rendered, field: NestedField, values: Content): [string, unknown] | undefined {
  const rows = nestedRows(page, field, values, record.at)
  if (!rows.length) return undefined
  const readable = field.fields.filter((inner) => inner.readable)
  return ['nested', rows.map((row) => ({ _values: entries(page, record, field.table, readable, row) }))]
}

function reverse(page: Page, record: Rendered, field: ReverseField): [string, unknown] | undefined {
  const rows = reverseRows(page, field, record)
  for (const _row of rows) page.attached.countWritten()
  return rows.length ? ['reverse_nested', rows.map((row) => ({ _values: listedValues(page, row) }))] : undefined
}

function value(page: Page, { facts, at }: Rendered, field: ColumnField, stored: unknown): [string, unknown] | undefined {
  if (field.column.type === 'boolean') return ['bool', stored === true]
  if (stored === undefined || stored === null) return undefined
  if (isFileField(field)) {
    const files = page.files.documents(stored as readonly FileEntry[], { holder: facts, columnId: field.column.id })
    return files.length > 0 ? ['file', files] : undefined
  }
  if (!isLink(field)) return plainValue(page, field.column, stored)
  const text = linkJson(page, field, stored, at)
  return text === undefined ? undefined : ['linked_object', JSON.parse(text)]
}

function plainValue(page: Page, column: Column, stored: unknown): [string, unknown] {
  const { languages } = page.options
  const text = () => spread(valueText(column, stored, languages) ?? { own: {} }, languages)
  switch (column.type) {
    case 'text':
    case 'text_oneline':
    case 'string':
      return ['text', stored]
    case 'text_l10n':
    case 'text_l10n_oneline':
      return ['text_loca', stored]
    case 'number':
    case 'integer.2':
    case 'double':
      return ['number', { number: stored, print: numberText(column.type, Number(stored), languages[0] ?? 'en-US') }]
    case 'date':
    case 'datetime': {
      const date = (stored as { value?: unknown }).value
      return ['date', { from: date, to: date, print: text() }]
    }
    case 'daterange': {
      const { from, to } = stored as { from?: unknown; to?: unknown }
      return ['date_range', { ...(from !== undefined && { from }), ...(to !== undefined && { to }), print: text() }]
    }
    default:
      // What a plugin's type has inside is told by its mapping, which comes with plugins; until then its own summary says it all.
      return ['custom', { _standard: { ...standardOfCustom(stored), text: text() }, _values: [] }]
  }
}

const standardOfCustom = (stored: unknown): object | undefined =>
  typeof stored === 'object' && stored !== null ? (stored as { readonly _standard?: object })._standard : undefined
