/** The documents of the datamodel as they travel and are stored, and small questions about them. */
import type { Schemas } from '@vitrine/contract/instance'
import { fail } from '../errors.ts'

export type SchemaDocument = Schemas['SchemaDocument']
export type SchemaTable = Schemas['SchemaTable']
export type SchemaColumn = Schemas['SchemaColumn']
export type ForeignKey = Schemas['ForeignKey']
export type UniqueKeyDocument = Schemas['UniqueKey']
export type BidirectionalDocument = Schemas['BidirectionalPair']
export type MaskDocument = Schemas['MaskDocument']
export type MaskJson = Schemas['Mask']
export type FieldJson = Schemas['MaskField']
export type SystemFieldJson = Schemas['SystemField']
export type Translations = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Names of object types, nested tables and columns. */
const IDENTIFIER = /^[a-z][a-z0-9\-_]{0,128}[a-z0-9]$/
const SHORTEST_MASK_NAME = 3

export function demandIdentifier(name: string | null | undefined): string {
  if (typeof name !== 'string' || !IDENTIFIER.test(name)) return fail('InvalidIdentifier', { identifier: name ?? '' })
  return name
}

/** Names of synthesised masks end like this, so no other mask may. */
const RESERVED_ENDING = '__all_fields'

export function demandMaskName(name: string | null | undefined): string {
  const identifier = demandIdentifier(name)
  if (identifier.length < SHORTEST_MASK_NAME || identifier.endsWith(RESERVED_ENDING)) fail('InvalidIdentifier', { identifier })
  return identifier
}

/** A document that contradicts itself in a way that has no code of its own. */
export const refuse = (msg: string): never => fail('ServerGeneric', { msg })

/** Missing, null and 0 alike ask for a new id. */
export const idOf = (id: number | null | undefined): number | undefined => (id ? id : undefined)

export type ColumnKind = 'column' | 'link' | 'reverse_link'
export const kindOf = (column: SchemaColumn): ColumnKind => column.kind || 'column'
export const isNested = (table: SchemaTable): boolean => Boolean(table.owned_by)
/** Ordinary columns: not the slots of nested tables or reverse links. */
export const plainColumns = (table: SchemaTable): SchemaColumn[] => table.columns.filter((column) => kindOf(column) === 'column')

export const EMPTY_SCHEMA: SchemaDocument = {
  version: 1,
  based_on_version: 0,
  based_on_base_version: 1,
  max_table_id: 0,
  max_column_id: 0,
  type: 'user',
  tables: [],
}
export const EMPTY_MASKS: MaskDocument = { type: 'user', version: 1, based_on_schema_version: 1, max_mask_id: 0, masks: [] }
