/** The files that stand in a record's content, each with its place, and what a change makes of them. */
import type { Column, Table } from '../datamodel/model.ts'
import { columnKey, nestedKey, NO_ROW, type Content, type FileEntry, type StoredRow } from './content.ts'
import type { FileLinkRow } from './write-store.ts'

/** Rows may share a UUID where constraints were skipped; a file that stands in both is named once. */
export function fileRowsOf(table: Table, fromId: number, content: Content): FileLinkRow[] {
  if (!holdsFiles(table)) return []
  const rows = new Map<string, FileLinkRow>()
  collect(table, fromId, content, NO_ROW, rows)
  return [...rows.values()]
}

export const fileLinkText = ({ fromId, columnId, rowUuid, fileId }: FileLinkRow): string => `${fromId} ${columnId} ${rowUuid} ${fileId}`

const known = new WeakMap<Table, boolean>()
/** Whether records of this type, or rows inside them, can have files at all. */
export function holdsFiles(table: Table): boolean {
  const holds = known.get(table) ?? (table.columns.some(isFiles) || table.nested.some(holdsFiles))
  known.set(table, holds)
  return holds
}

export const isFiles = ({ type }: Column): boolean => type === 'eas'

function collect(table: Table, fromId: number, content: Content, rowUuid: string, rows: Map<string, FileLinkRow>): void {
  for (const column of table.columns) {
    if (!isFiles(column)) continue
    for (const { f } of (content[columnKey(column)] as readonly FileEntry[] | undefined) ?? []) {
      const row = { fromId, columnId: column.id, rowUuid, fileId: f }
      rows.set(fileLinkText(row), row)
    }
  }
  for (const nested of table.nested) {
    const nestedRows = content[nestedKey(nested)] as readonly StoredRow[] | undefined
    if (nestedRows) for (const row of nestedRows) collect(nested, fromId, row, row._uuid, rows)
  }
}

export interface FileDifference {
  readonly columnId: number
  readonly fileId: number
}

/** Which files come to which columns, and which leave them. One that moves to another row of the same table does neither. */
export function fileDifferences(
  table: Table,
  before: Content | undefined,
  after: Content,
): { readonly added: readonly FileDifference[]; readonly removed: readonly FileDifference[] } {
  const old = byPlace(before ? fileRowsOf(table, 0, before) : [])
  const now = byPlace(fileRowsOf(table, 0, after))
  return {
    added: [...now].filter(([place]) => !old.has(place)).map(([, row]) => row),
    removed: [...old].filter(([place]) => !now.has(place)).map(([, row]) => row),
  }
}

const byPlace = (rows: readonly FileLinkRow[]): ReadonlyMap<string, FileDifference> =>
  new Map(rows.map(({ columnId, fileId }) => [`${columnId} ${fileId}`, { columnId, fileId }]))
