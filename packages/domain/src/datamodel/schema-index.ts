/** Finds tables and columns of a document by id or name. Where both are given the id decides: the name may be out of date. */
import { idOf, plainColumns, refuse, type SchemaColumn, type SchemaDocument, type SchemaTable } from './documents.ts'

export interface Reference {
  readonly id: number | null | undefined
  readonly name: string | null | undefined
}
export interface ColumnPlace {
  readonly table: SchemaTable
  readonly column: SchemaColumn
}

export class SchemaIndex {
  readonly #tables = new Map<number, SchemaTable>()
  readonly #names = new Map<string, SchemaTable>()
  readonly #columns = new Map<number, ColumnPlace>()

  constructor(document: SchemaDocument) {
    for (const table of document.tables) {
      const id = idOf(table.table_id)
      if (id !== undefined) this.#tables.set(id, table)
      this.#names.set(table.name, table)
      for (const column of plainColumns(table)) {
        const columnId = idOf(column.column_id)
        if (columnId !== undefined) this.#columns.set(columnId, { table, column })
      }
    }
  }

  findTable({ id, name }: Reference): SchemaTable | undefined {
    const known = idOf(id)
    return known === undefined ? this.#names.get(name ?? '') : this.#tables.get(known)
  }

  table(reference: Reference, where: string): SchemaTable {
    return this.findTable(reference) ?? refuse(`${where}: there is no table ${spoken(reference)}`)
  }

  /** A column of the given table. */
  findColumn(table: SchemaTable, { id, name }: Reference): SchemaColumn | undefined {
    const known = idOf(id)
    if (known === undefined) return name ? plainColumns(table).find((column) => column.name === name) : undefined
    const place = this.#columns.get(known)
    return place?.table === table ? place.column : undefined
  }

  column(table: SchemaTable, reference: Reference, where: string): SchemaColumn {
    return this.findColumn(table, reference) ?? refuse(`${where}: the table ${table.name} has no column ${spoken(reference)}`)
  }

  place(columnId: number): ColumnPlace | undefined {
    return this.#columns.get(columnId)
  }

  /** The object type whose records hold the rows of a nested table; the table itself when it is none. */
  root(table: SchemaTable): SchemaTable {
    let at = table
    for (let steps = this.#tables.size; at.owned_by && steps > 0; steps--) at = this.findTable(ownerOf(at)) ?? at
    return at
  }
}

export const ownerOf = (table: SchemaTable): Reference => ({ id: table.owned_by?.other_table_id, name: table.owned_by?.other_table_name_hint })
export const tableHint = (thing: { other_table_id?: number | null; other_table_name_hint?: string | null }): Reference => ({
  id: thing.other_table_id,
  name: thing.other_table_name_hint,
})
export const otherColumnHint = (thing: { other_column_id?: number | null; other_column_name_hint?: string | null }): Reference => ({
  id: thing.other_column_id,
  name: thing.other_column_name_hint,
})
export const columnHint = (thing: { column_id?: number | null; column_name_hint?: string | null }): Reference => ({
  id: thing.column_id,
  name: thing.column_name_hint,
})
const spoken = ({ id, name }: Reference) => (idOf(id) === undefined ? `"${name ?? ''}"` : `with the id ${id}`)
