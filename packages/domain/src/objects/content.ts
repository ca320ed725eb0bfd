/**
 * How a record's fields are stored: an object keyed by column id (`"6"`) and nested table id (`"t5"`). Absent means empty;
 * nulls are never stored. Values have the form they travel in, with three exceptions: a link is the system id of its target,
 * a field of files is a list of their ids with what is said of them there, and a nested table is an array of rows keyed like the
 * record itself, each with its `_uuid`.
 */
import type { Column, Table } from '../datamodel/model.ts'

export interface StoredLink {
  readonly s: number
}
/** A file in a field: which one, whether it stands for all of the field, and its name and what clients keep for it in this place. */
export interface FileEntry {
  readonly f: number
  readonly p?: true
  readonly n?: string
  readonly x?: Readonly<Record<string, unknown>>
}
export interface StoredRow {
  readonly _uuid: string
  readonly [key: string]: unknown
}
export type Content = Readonly<Record<string, unknown>>

export const columnKey = (column: Column): string => String(column.id)
export const nestedKey = (table: Table): string => `t${table.id}`
/** Where a link stands when it belongs to the record itself and not to a nested row. */
export const NO_ROW = '00000000-0000-0000-0000-000000000000'

/** Kinds for `Counters.draw`. */
export const SYSTEM_IDS = 'system_object_id'
export const objectIds = (table: Table): string => `object:${table.id}`
