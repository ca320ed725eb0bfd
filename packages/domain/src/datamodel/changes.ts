/** What lies between two versions: whether a search index made for the one still fits the other. */
import {
  kindOf,
  plainColumns,
  type FieldJson,
  type MaskDocument,
  type MaskJson,
  type SchemaColumn,
  type SchemaDocument,
  type SchemaTable,
} from './documents.ts'
import { isReadable } from './mask-modes.ts'
import { carriesOver } from './column-types.ts'
import type { Column, Model, Table } from './model.ts'

export interface Documents {
  readonly schema: SchemaDocument
  readonly masks: MaskDocument
}

/** Constraints, remarks and labels are no part of an index; names, types, order, hierarchy, output and search flags are. */
export const needsReindex = (current: Documents, head: Documents): boolean => JSON.stringify(indexed(current)) !== JSON.stringify(indexed(head))

const indexed = ({ schema, masks }: Documents) => [
  schema.tables.map(indexedTable),
  masks.masks.map(indexedMask).toSorted((a, b) => Number(a[0]) - Number(b[0])),
]

const indexedTable = (table: SchemaTable) => [
  table.table_id,
  table.name,
  table.owned_by?.other_table_id ?? null,
  [table.pool_link, table.is_hierarchical, table.polyhierarchical, table.in_main_search].map(Boolean),
  table.columns.map(indexedColumn),
  (table.foreign_keys ?? []).map((key) => [key.columns[0]?.column_id, key.referenced_table.table_id]).toSorted((a, b) => Number(a[0]) - Number(b[0])),
]
const indexedColumn = (column: SchemaColumn) =>
  kindOf(column) === 'column'
    ? [column.column_id, column.name, column.type, column.reverse_edit ?? false]
    : [kindOf(column), column.other_table_id, column.other_column_id, column.is_hierarchical]

const indexedMask = (mask: MaskJson) => [mask.mask_id, mask.name, mask.table_id, Boolean(mask.is_preferred), indexedFields(mask.fields)]
const indexedFields = (fields: MaskJson['fields']): unknown => (fields ?? []).filter((field) => field.kind !== 'splitter').map(indexedField)
const indexedField = (field: FieldJson) => [
  [field.kind, field.column_id, field.other_table_id, field.other_column_id, field.is_hierarchical],
  isReadable(field),
  field.output?.standard ?? null,
  [field.output?.standard_eas?.order, field.output?.standard_geo?.order],
  field.search ?? null,
  field.mask_id ?? null,
  field.inheritance?.inherit ?? false,
  field.mask ? indexedFields(field.mask.fields) : null,
]

/** Tables of records that the newer schema no longer has. */
export function removedObjecttypes(current: SchemaDocument, head: SchemaDocument): SchemaTable[] {
  const kept = new Set(head.tables.filter((table) => !table.owned_by).map((table) => table.table_id))
  return current.tables.filter((table) => !table.owned_by && !kept.has(table.table_id))
}

export function removedColumns(current: SchemaDocument, head: SchemaDocument): number[] {
  const kept = new Set(head.tables.flatMap(plainColumns).map((column) => column.column_id))
  return current.tables.flatMap(plainColumns).flatMap(({ column_id: id }) => (id && !kept.has(id) ? [id] : []))
}

/** Object types of both versions whose records are judged by other rules than before. */
export function changedConstraints(before: Model, after: Model): Table[] {
  return after.objecttypes.filter((table) => {
    const old = before.tables.get(table.id)
    return old && JSON.stringify(constraintsOf(old)) !== JSON.stringify(constraintsOf(table))
  })
}

function constraintsOf(table: Table): unknown {
  const nested = table.nested.map((inner) => [inner.id, table.nestedNotNull.has(inner.id), constraintsOf(inner)])
  return [table.poolLink, table.hasTags, table.columns.filter(isConstrained).map(constraintOf), table.uniqueKeys.map(({ key }) => key), nested]
}

const isConstrained = ({ notNull, checks: { notEmpty, email, ...others } }: Column) => notNull || notEmpty || email || Object.keys(others).length > 0
const constraintOf = ({ id, type, notNull, checks }: Column) => [id, type, notNull, { ...checks, pattern: checks.pattern && String(checks.pattern) }]

export interface TypeChange {
  /** Object type and column, as the newer schema names them. */
  readonly name: string
  readonly columnId: number
  readonly from: string
  readonly to: string
}

/** Columns whose stored values would not be valid any more. The target of a link is part of its type. */
export function typeChanges(current: SchemaDocument, head: SchemaDocument): TypeChange[] {
  const before = new Map(current.tables.flatMap((table) => plainColumns(table).map((column) => [column.column_id, typeOf(table, column)] as const)))
  return head.tables.flatMap((table) =>
    plainColumns(table).flatMap((column): TypeChange[] => {
      const [from, to] = [before.get(column.column_id), typeOf(table, column)]
      if (from === undefined || carriesOver(from, to)) return []
      return [{ name: `${table.name}.${column.name}`, columnId: column.column_id ?? 0, from, to }]
    }),
  )
}

function typeOf(table: SchemaTable, column: SchemaColumn): string {
  if (column.type !== 'link') return column.type ?? ''
  const key = (table.foreign_keys ?? []).find((candidate) => candidate.columns.some((part) => part.column_id === column.column_id))
  return `link:${key?.referenced_table.table_id}`
}
