/**
 * Ids of tables and columns. They are what stored records refer to, so one that was ever in force is not handed to
 * something else: a document may bring ids that are stored, or ids above all that were ever handed out.
 */
import { demandIdentifier, idOf, plainColumns, refuse, type SchemaDocument } from './documents.ts'
import { fail } from '../errors.ts'

/** Far above any datamodel, and far enough below what a number holds that there is always a next one. */
export const HIGHEST_ID = 1_000_000_000_000

export interface SchemaBaseline {
  /** The newest commit. */
  readonly current: SchemaDocument
  /** The working copy, if there is one. */
  readonly head: SchemaDocument | null
}

/** Fills in missing ids and the highest ones, in place. */
export function assignIds(document: SchemaDocument, { current, head }: SchemaBaseline): void {
  const tables = new Ids('table', current.max_table_id ?? 0)
  const columns = new Ids('column', current.max_column_id ?? 0)
  for (const known of [current, head]) {
    for (const table of known?.tables ?? []) {
      tables.know(table.table_id)
      for (const column of plainColumns(table)) columns.know(column.column_id)
    }
  }
  tables.reserve(document.max_table_id, head?.max_table_id)
  columns.reserve(document.max_column_id, head?.max_column_id)
  for (const table of document.tables) {
    tables.take(table.table_id)
    for (const column of plainColumns(table)) columns.take(column.column_id)
  }
  for (const table of document.tables) {
    table.table_id = idOf(table.table_id) ?? tables.next()
    for (const column of plainColumns(table)) column.column_id = idOf(column.column_id) ?? columns.next()
  }
  document.max_table_id = tables.highest
  document.max_column_id = columns.highest
}

class Ids {
  highest: number
  readonly #what: string
  readonly #committed: number
  readonly #known = new Set<number>()
  readonly #taken = new Set<number>()

  constructor(what: string, highest: number) {
    this.#what = what
    this.#committed = highest
    this.highest = highest
  }

  know(id: number | null | undefined): void {
    if (idOf(id) !== undefined) this.#known.add(id as number)
  }

  reserve(sent: number | null | undefined, head: number | null | undefined): void {
    const stored = Math.max(this.#committed, head ?? 0)
    if (sent !== null && sent !== undefined && sent < stored) refuse(`max_${this.#what}_id ${sent} is below the stored ${stored}`)
    this.#raise(Math.max(stored, sent ?? 0))
  }

  take(given: number | null | undefined): void {
    const id = idOf(given)
    if (id === undefined) return
    if (this.#taken.has(id)) refuse(`the ${this.#what} id ${id} is there twice`)
    if (id <= this.#committed && !this.#known.has(id)) refuse(`the ${this.#what} id ${id} belonged to something else and is not used again`)
    this.#taken.add(id)
    this.#raise(Math.max(this.highest, id))
  }

  next(): number {
    this.#raise(this.highest + 1)
    return this.highest
  }

  #raise(id: number): void {
    if (id > HIGHEST_ID) refuse(`the ${this.#what} id ${id} is above ${HIGHEST_ID}`)
    this.highest = id
  }
}

/** Names have to be known before references by name can be followed. */
export function validateNames(document: SchemaDocument): void {
  const tables = new Set<string>()
  for (const table of document.tables) {
    const name = demandIdentifier(table.name)
    if (tables.has(name)) fail('SchemaDuplicateObjecttypeName', { name })
    tables.add(name)
    const columns = new Set<string>()
    for (const column of plainColumns(table)) {
      const own = demandIdentifier(column.name)
      if (columns.has(own)) refuse(`the table ${name} has two columns named ${own}`)
      columns.add(own)
    }
  }
}

/** A column id keeps its table: the values under it are stored in the records of that table. */
export function validateHomes(document: SchemaDocument, current: SchemaDocument): void {
  const homes = new Map(current.tables.flatMap((table) => plainColumns(table).map((column) => [column.column_id, table.table_id] as const)))
  for (const table of document.tables)
    for (const column of plainColumns(table)) {
      const home = homes.get(column.column_id)
      if (home !== undefined && home !== table.table_id)
        refuse(`the column ${table.name}.${column.name} carries the id ${column.column_id} of a column of another table`)
    }
}
