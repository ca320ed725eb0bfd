/** The links that stand in a record's content, each with its place. */
import { randomUUID } from 'node:crypto'
import type { Table } from '../datamodel/model.ts'
import { columnKey, nestedKey, NO_ROW, type Content, type StoredLink, type StoredRow } from './content.ts'
import type { LinkRow } from './write-store.ts'

export function linkRowsOf(table: Table, fromId: number, content: Content): LinkRow[] {
  const rows: LinkRow[] = []
  collect(table, fromId, content, NO_ROW, rows, new Set())
  return rows
}

function collect(table: Table, fromId: number, content: Content, rowUuid: string, rows: LinkRow[], seen: Set<string>): void {
  // Rows may share a UUID where constraints were skipped; each link has to stay known nevertheless.
  const place = rowUuid !== NO_ROW && seen.has(rowUuid) ? randomUUID() : rowUuid
  seen.add(rowUuid)
  for (const column of table.columns) {
    if (column.type !== 'link') continue
    const link = content[columnKey(column)] as StoredLink | undefined
    if (link) rows.push({ fromId, columnId: column.id, rowUuid: place, toId: link.s })
  }
  for (const nested of table.nested) {
    const nestedRows = content[nestedKey(nested)] as readonly StoredRow[] | undefined
    if (nestedRows) for (const row of nestedRows) collect(nested, fromId, row, row._uuid, rows, seen)
  }
}
