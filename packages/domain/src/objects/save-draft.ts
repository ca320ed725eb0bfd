/**
 * Drafts: the records of a save request after reading them, before anything is asked of the database. Everything that the
 * request alone can get wrong is refused here, so that a bad request costs no transaction and draws no ids.
 */
import type { Column, Mask, ReverseField, Table } from '../datamodel/model.ts'
import type { Grant } from '../people/stored-grants.ts'
import type { RecordRef } from './record-ref.ts'
import type { GroupEdit, RowEdit } from './save-group.ts'
import type { WritePlan } from './write-plan.ts'

export interface ParsedRow {
  /** Columns that were sent with a value; a link column has a RecordRef. */
  readonly columns: ReadonlyMap<Column, unknown>
  readonly nested: ReadonlyMap<Table, readonly ParsedNestedRow[]>
  /** Which fields were sent at all and how they are to be merged; null where the whole row is replaced. */
  readonly edit: RowEdit | null
}
export interface ParsedNestedRow extends ParsedRow {
  readonly uuid: string | null
  readonly where: string
}

/** A pool, tag, user or group, by id or reference. */
export interface BaseRef {
  readonly where: string
  readonly id?: number
  readonly reference?: string
}
export interface OwnerRef extends BaseRef {
  readonly kind: 'user' | 'group'
}

/** Records that were sent inside the one they link to. */
export interface ReverseRows {
  readonly field: ReverseField
  readonly where: string
  readonly rows: readonly Draft[]
}

/**
 * `create`: a new record. `update`: the next version, with everything the mask shows. `merge`: the next version whatever its
 * number, with what was sent put into what is stored.
 */
export type DraftMode = 'create' | 'update' | 'merge'

export interface Draft extends ParsedRow {
  readonly index: number
  /** Place of the block. */
  readonly where: string
  /** Place of the envelope. */
  readonly at: string
  readonly mask: Mask
  readonly plan: WritePlan
  readonly mode: DraftMode
  /** The version that was sent; 1 where none was. */
  readonly version: number
  /** Ids as sent: chosen ones of a new record, or those of the record to change. */
  readonly objectId: number | null
  readonly systemId: number | null
  readonly uuid: string | null
  /** `lookup:_id` of a change. */
  readonly self: RecordRef | null
  /** Set where several records are changed in the same way. */
  readonly group: GroupEdit | null
  readonly owner: OwnerRef | null
  readonly createUser: OwnerRef | null
  readonly createdAt: Date | null
  readonly modifiedAt: Date | null
  readonly comment: string | null
  /** Null when none were sent. */
  readonly tags: readonly BaseRef[] | null
  /** Null when none was sent; its people are found and its entries numbered before anything is stored. */
  readonly acl: readonly Grant[] | null
  readonly privateAcl: boolean | null
  readonly pool: BaseRef | null
  /** Null for none; undefined when nothing was said about it. */
  readonly parent: RecordRef | null | undefined
  /** The parents of a polyhierarchical record, null standing for the top level; undefined when nothing was said about them. */
  readonly parents: readonly (RecordRef | null)[] | undefined
  readonly childIdx: number | null
  /** One entry per table that was sent and may be written. */
  readonly reverse: readonly ReverseRows[]
}

export const isNew = (draft: Draft): boolean => draft.mode === 'create'

/** The record that a draft was sent inside of, and the field it stood in. */
export interface Master {
  readonly draft: Draft
  readonly field: ReverseField
}

/** All drafts of a request: each record before those that were sent inside of it. */
export interface Drafts {
  /** Those that stand in the request itself, in its order. */
  readonly top: readonly Draft[]
  readonly all: readonly Draft[]
  readonly masters: ReadonlyMap<Draft, Master>
}

export function draftsOf(top: readonly Draft[]): Drafts {
  const all: Draft[] = [...top]
  const masters = new Map<Draft, Master>()
  for (const draft of all)
    for (const { field, rows } of draft.reverse)
      for (const row of rows) {
        masters.set(row, { draft, field })
        all.push(row)
      }
  return { top, all, masters }
}
