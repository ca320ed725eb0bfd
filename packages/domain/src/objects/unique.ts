/**
 * Values of unique keys as digests. A key with an empty column does not apply, but a boolean without a value counts as the false
 * that answers show. A localised value counts as a whole, with all of its languages; scopes (same parent, same owner) are part of
 * the digest. The database holds one row per digest.
 */
import { createHash } from 'node:crypto'
import type { Column, Table, UniqueKey } from '../datamodel/model.ts'
import { columnKey, nestedKey, NO_ROW, type Content, type StoredRow } from './content.ts'
import { canonicalJson } from './values/plain-json.ts'
import type { UniqueRow } from './write-store.ts'

interface Owner {
  readonly systemId: number
  readonly parentId: number | null
  /** The row or record that holds a nested row. */
  readonly scope: string
}

export const uniqueDigest = (values: readonly unknown[]): string => createHash('sha256').update(canonicalJson(values)).digest('hex')

/** A key whose digest follows from the value of one column alone, so that a lookup can use it. */
export const simpleKeyOf = (table: Table, column: Column): UniqueKey | undefined =>
  table.uniqueKeys.find(
    (key) => key.columns.length === 1 && key.columns[0] === column && !key.withinParent && !key.withinOwner && key.trueOnly.length === 0,
  )

export function uniqueRowsOf(table: Table, record: { systemId: number; parentId: number | null; content: Content }): UniqueRow[] {
  const rows: UniqueRow[] = []
  collect(table, record.content, { ...record, scope: String(record.systemId) }, NO_ROW, rows)
  return rows
}

function collect(table: Table, content: Content, owner: Owner, rowUuid: string, rows: UniqueRow[]): void {
  for (const key of table.uniqueKeys) {
    const values = valuesOf(key, content, owner)
    if (values) rows.push({ key: key.key, digest: uniqueDigest(values), fromId: owner.systemId, rowUuid })
  }
  for (const nested of table.nested) {
    const nestedRows = content[nestedKey(nested)] as readonly StoredRow[] | undefined
    const scope = rowUuid === NO_ROW ? owner.scope : `${owner.systemId}/${rowUuid}`
    if (nestedRows) for (const row of nestedRows) collect(nested, row, { ...owner, scope }, row._uuid, rows)
  }
}

function valuesOf(key: UniqueKey, content: Content, owner: Owner): unknown[] | undefined {
  const values: unknown[] = []
  for (const column of key.columns) {
    const value = content[columnKey(column)] ?? (column.type === 'boolean' ? false : undefined)
    if (value === undefined || (key.trueOnly.includes(column) && value !== true)) return undefined
    values.push(value)
  }
  if (key.withinParent) values.push(owner.parentId)
  if (key.withinOwner) values.push(owner.scope)
  return values
}
