/** `_values`: the fields of a record as a list that can be shown by somebody who knows nothing of the datamodel. */
import type { Column, ColumnField, MaskField } from '../datamodel/model.ts'
import { nestedKey, type Content } from './content.ts'
import { linkJson } from './render-fields.ts'
import type { Page, Rendered } from './render-page.ts'
import { isLink, storedKey } from './render-plan.ts'
import { spread, valueText } from './standard-text.ts'
import { numberText } from './standard-values.ts'

type Entry = Readonly<Record<string, unknown>>

export const listedValues = (page: Page, { plan, facts, at }: Rendered): Entry[] => entries(page, plan.listed, facts.values, at, plan.table.name)

function entries(page: Page, fields: readonly MaskField[], values: Content, at: string | null, table: string): Entry[] {
  return fields.flatMap((field) => {
    if (field.kind === 'reverse-linked-table') return []
    const name = field.kind === 'linked-table' ? field.table.name : field.column.name
    const found = field.kind === 'linked-table' ? rows(page, field, values, at) : value(page, field, values[storedKey(field) ?? ''], at)
    if (!found) return []
    const [type, content] = found
    return [
      {
        api_name: name,
        display_name: page.options.datamodel.translations[`schema.${table}.column.${name}`] ?? { 'en-US': name },
        type,
        [type]: content,
      },
    ]
  })
}

function rows(page: Page, field: Extract<MaskField, { kind: 'linked-table' }>, values: Content, at: string | null): [string, unknown] | undefined {
  const stored = values[nestedKey(field.table)]
  if (!Array.isArray(stored) || !stored.length) return undefined
  const readable = field.fields.filter((inner) => inner.readable)
  return ['nested', (stored as Content[]).map((row) => ({ _values: entries(page, readable, row, at, field.table.name) }))]
}

function value(page: Page, field: ColumnField, stored: unknown, at: string | null): [string, unknown] | undefined {
  if (field.column.type === 'boolean') return ['bool', stored === true]
  if (stored === undefined || stored === null) return undefined
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
    case 'eas':
      return ['file', stored]
    default:
      return ['custom', { _standard: { text: text() }, _values: [] }]
  }
}
