/**
 * Schema document → model. Takes documents that were accepted, so references hold; the tables point at each other, so they
 * are made first, empty, and filled afterwards.
 */
import {
  kindOf,
  plainColumns,
  refuse,
  type BidirectionalDocument,
  type SchemaColumn,
  type SchemaDocument,
  type SchemaTable,
  type UniqueKeyDocument,
} from './documents.ts'
import type { Building } from './freeze.ts'
import type { BidirectionalPair, Column, ColumnChecks, ColumnType, Model, Range, ReverseSlot, Table, UniqueKey } from './model.ts'
import { boundsOf, compilePattern } from './validate-checks.ts'
import { namesColumn } from './validate-keys.ts'

export function compileSchema(document: SchemaDocument): Model {
  const tables = new Map(document.tables.map((json) => [json.table_id ?? 0, emptyTable(json)]))
  const columns = new Map<number, Building<Column>>()
  const fill = new Filler(tables, columns)
  for (const json of document.tables) fill.columns(json)
  for (const json of document.tables) fill.links(json)
  for (const json of document.tables) fill.slots(json)
  for (const json of document.tables) fill.keys(json)
  const all = [...tables.values()]
  return { tables, columns, byName: new Map(all.map((table) => [table.name, table])), objecttypes: all.filter((table) => !table.owner) }
}

function emptyTable(json: SchemaTable): Building<Table> {
  return {
    id: json.table_id ?? 0,
    name: json.name,
    columns: [],
    nested: [],
    nestedNotNull: new Set(),
    reverse: [],
    uniqueKeys: [],
    bidirectional: [],
    poolLink: json.pool_link ?? false,
    aclTable: json.acl_table ?? false,
    hasTags: json.has_tags ?? false,
    hierarchical: json.is_hierarchical ?? false,
    polyhierarchical: json.polyhierarchical ?? false,
    inMainSearch: json.in_main_search ?? false,
  }
}

class Filler {
  readonly #tables: ReadonlyMap<number, Building<Table>>
  readonly #columns: Map<number, Building<Column>>

  constructor(tables: ReadonlyMap<number, Building<Table>>, columns: Map<number, Building<Column>>) {
    this.#tables = tables
    this.#columns = columns
  }

  columns(json: SchemaTable): void {
    const table = this.#table(json.table_id)
    table.columns = plainColumns(json).map((column) => {
      const built = columnOf(column, table)
      this.#columns.set(built.id, built)
      return built
    })
  }

  links(json: SchemaTable): void {
    for (const key of json.foreign_keys ?? []) {
      const [part] = key.columns.filter(namesColumn)
      if (part) this.#column(part.column_id).target = this.#table(key.referenced_table.table_id)
    }
    if (json.owned_by) this.#table(json.table_id).owner = this.#table(json.owned_by.other_table_id)
  }

  slots(json: SchemaTable): void {
    const table = this.#table(json.table_id)
    const slots = (kind: string) => json.columns.filter((column) => kindOf(column) === kind)
    table.nested = slots('link').map((slot) => this.#table(slot.other_table_id))
    table.nestedNotNull = new Set(
      slots('link')
        .filter(required)
        .map((slot) => slot.other_table_id ?? 0),
    )
    table.reverse = slots('reverse_link').map((slot): ReverseSlot => {
      if (slot.is_hierarchical) return { table, column: null, notNull: required(slot) }
      return { table: this.#table(slot.other_table_id), column: this.#column(slot.other_column_id), notNull: required(slot) }
    })
  }

  keys(json: SchemaTable): void {
    const table = this.#table(json.table_id)
    table.uniqueKeys = (json.unique_keys ?? []).map((key) => this.#uniqueKey(table, key))
    table.bidirectional = (json.bidirectional ?? []).map((pair) => this.#pair(pair))
  }

  #uniqueKey(table: Table, json: UniqueKeyDocument): UniqueKey {
    const parts = json.columns.filter(namesColumn)
    const columns = parts.map((part) => this.#column(part.column_id))
    const trueOnly = parts.filter((part) => part.unique_true).map((part) => this.#column(part.column_id))
    const withinParent = json.columns.some((part) => part.auto_column_parent)
    const withinOwner = json.columns.some((part) => part.auto_column_uplink)
    const marks = [withinParent ? 'parent' : '', withinOwner ? 'owner' : '', trueOnly.length > 0 ? `true=${ids(trueOnly)}` : ''].filter(Boolean)
    return { key: [table.id, ids(columns), ...marks].join(':'), name: json.name ?? '', columns, withinParent, withinOwner, trueOnly }
  }

  #pair(json: BidirectionalDocument): BidirectionalPair {
    const [first, second] = json.columns.filter(namesColumn).map((part) => this.#column(part.column_id))
    // With the uplink mark on the other side, the column mirrors itself.
    return first ? { columns: [first, second ?? first] } : refuse('a bidirectional pair has no column')
  }

  #table(id: number | null | undefined): Building<Table> {
    return this.#tables.get(id ?? 0) ?? refuse(`the datamodel has no table with the id ${id}`)
  }
  #column(id: number | null | undefined): Building<Column> {
    return this.#columns.get(id ?? 0) ?? refuse(`the datamodel has no column with the id ${id}`)
  }
}

/** Digests of stored values follow the order of the columns, so the order is part of a key's identity. */
const ids = (columns: readonly Column[]) => columns.map((column) => column.id).join(',')
const required = (slot: SchemaColumn): boolean => slot.not_null === true || slot.check === 'not_empty'

function columnOf(json: SchemaColumn, table: Table): Building<Column> {
  return {
    id: json.column_id ?? 0,
    name: json.name ?? '',
    type: json.type as ColumnType,
    table,
    notNull: json.not_null ?? false,
    checks: checksOf(json),
    reverseEdit: json.reverse_edit ?? false,
  }
}

function checksOf(json: SchemaColumn): ColumnChecks {
  const pattern = json.check === 'regexp' ? compilePattern(json.check_regexp ?? '', json.check_regexp_flags) : undefined
  return {
    notEmpty: json.check === 'not_empty',
    email: json.check === 'email',
    ...(pattern && { pattern }),
    ...(json.length_min && { lengthMin: json.length_min }),
    ...(json.length_max && { lengthMax: json.length_max }),
    ...(json.check === 'range' && { range: rangeOf(json) }),
  }
}

const rangeOf = (json: SchemaColumn): Range => ({ ...boundsOf(json), notEmpty: json.check_range_not_empty ?? false })
