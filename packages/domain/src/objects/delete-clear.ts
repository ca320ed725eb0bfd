/**
 * Takes links to deleted records out of a record's content, in nested rows of any depth. A row that has nothing left goes with
 * its link, as it would in a save.
 */
import type { Column, Table } from '../datamodel/model.ts'
import { columnKey, nestedKey, type Content, type StoredLink, type StoredRow } from './content.ts'

export interface Cleared {
  /** The content itself where nothing had to be cleared. */
  readonly content: Content
  /** A field that must not be empty and would be. */
  readonly required: string | undefined
}

export function clearLinks(table: Table, content: Content, gone: ReadonlySet<number>): Cleared {
  const required: string[] = []
  return { content: clearRow(table, content, gone, required), required: required[0] }
}

function clearRow<T extends Content>(table: Table, row: T, gone: ReadonlySet<number>, required: string[]): T {
  const changed: Record<string, unknown> = { ...row }
  for (const column of table.columns) {
    if (column.type !== 'link' || !gone.has((row[columnKey(column)] as StoredLink | undefined)?.s ?? 0)) continue
    delete changed[columnKey(column)]
    if (isRequired(column)) required.push(`${table.name}.${column.name}`)
  }
  for (const nested of table.nested) {
    const key = nestedKey(nested)
    const rows = row[key] as readonly StoredRow[] | undefined
    if (!rows) continue
    const left = rows.map((inner) => clearRow(nested, inner, gone, required)).filter((inner, i) => inner === rows[i] || !isEmpty(inner))
    if (left.length === rows.length && left.every((inner, i) => inner === rows[i])) continue
    changed[key] = left
    if (left.length > 0) continue
    delete changed[key]
    if (table.nestedNotNull.has(nested.id)) required.push(`${table.name}._nested:${nested.name}`)
  }
  const isSame = Object.keys(changed).length === Object.keys(row).length && Object.entries(changed).every(([key, value]) => row[key] === value)
  return isSame ? row : (changed as T)
}

const isRequired = ({ notNull, checks }: Column) => notNull || checks.notEmpty
const isEmpty = (row: StoredRow) => Object.entries(row).every(([key, value]) => key === '_uuid' || value === '')
