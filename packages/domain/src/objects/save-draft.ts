/**
 * Drafts: the records of a save request after reading them, before anything is asked of the database. Everything that the
 * request alone can get wrong is refused here, so that a bad request costs no transaction and draws no ids.
 */
import type { Column, Mask, Table } from '../datamodel/model.ts'
import type { RecordRef } from './record-ref.ts'
import type { WritePlan } from './write-plan.ts'

export interface ParsedRow {
  /** Columns that were sent with a value; a link column has a RecordRef. */
  readonly columns: ReadonlyMap<Column, unknown>
  readonly nested: ReadonlyMap<Table, readonly ParsedNestedRow[]>
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

export interface Draft extends ParsedRow {
  readonly index: number
  readonly where: string
  readonly mask: Mask
  readonly plan: WritePlan
  /** The version that was sent; 1 where none was. */
  readonly version: number
  readonly isNew: boolean
  /** Ids as sent: chosen ones of a new record, or those of the record to change. */
  readonly objectId: number | null
  readonly systemId: number | null
  readonly uuid: string | null
  /** `lookup:_id` of a change. */
  readonly self: RecordRef | null
  readonly owner: OwnerRef | null
  readonly createUser: OwnerRef | null
  readonly createdAt: Date | null
  readonly modifiedAt: Date | null
  readonly comment: string | null
  /** Null when none were sent. */
  readonly tags: readonly BaseRef[] | null
  readonly pool: BaseRef | null
  /** Null for none; undefined when nothing was said about it. */
  readonly parent: RecordRef | null | undefined
}
