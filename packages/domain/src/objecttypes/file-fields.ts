/** File fields of an object type by their full name, nested ones included, and what templates for file names can use. */
import { fail } from '../errors.ts'
import type { Column, Table } from '../datamodel/model.ts'

const LOCALIZED = new Set(['text_l10n', 'text_l10n_oneline'])
/** What has no short text of its own and is of no use in a file name. */
const UNNAMEABLE = new Set(['eas', 'geo_json'])

/** Every column by full name: `<objecttype>.<column>`, with `_nested:<table>` between for rows. */
export function fullNames(table: Table): Map<string, Column> {
  const names = new Map<string, Column>()
  const add = (at: Table, path: string) => {
    for (const column of at.columns) names.set(`${path}.${column.name}`, column)
    for (const nested of at.nested) add(nested, `${path}._nested:${nested.name}`)
  }
  add(table, table.name)
  return names
}

export function demandFileField(table: Table, field: string): void {
  const column = fullNames(table).get(field) ?? fail('UnknownField', { field })
  if (column.type !== 'eas') fail('UnsupportedFieldType', { field, type: column.type })
}

export function filenameReplacements(table: Table): Record<string, string[]> {
  const names = fullNames(table)
  const own = [...names].filter(([, column]) => column.table === table && !UNNAMEABLE.has(column.type))
  const values = own.map(([, column]) => (LOCALIZED.has(column.type) ? `%${column.name}.<lang>%` : `%${column.name}%`))
  const placeholders = ['%_asset.original_filename%', '%_standard%', ...(table.poolLink ? ['%_pool.name.<lang>%'] : []), ...values]
  return Object.fromEntries([...names].filter(([, column]) => column.type === 'eas').map(([name]) => [name, placeholders]))
}
