/**
 * What deleting asks of a record transaction, on top of what saving asks. Everything is asked for many records at once. Links, tags
 * and grants of a record exist as rows only while it lives; its parents and places in collections stay until it is purged.
 */
import type { Content } from './content.ts'
import type { StoredRecord, UniqueRow } from './write-store.ts'

/** A locked record; its content is fetched where it is needed, a page at a time. */
export type RecordHead = Omit<StoredRecord, 'content'>

export interface LinkingRecord {
  readonly systemId: number
  readonly tableId: number
}
/** One of the parents of a record that may have several. */
export interface ParentEdge {
  readonly childId: number
  readonly parentId: number
  /** The parent is no deleted record; the top level counts as living. */
  readonly lives: boolean
}
export interface TrashRow {
  readonly systemId: number
  readonly version: number
  readonly savedBy: number
  readonly comment: string | null
}
export interface RestoreRow extends TrashRow {
  readonly schemaVersion: number
  readonly modifiedAt: Date
  readonly poolId: number | null
  readonly systemTags: readonly string[]
}

export interface DeletionTransaction {
  /**
   * These records and all live ones that hang on them: children of their only parent, and those with a link in one of `columns`
   * (in any, with null), and so on. Stops at `limit` records, and goes past those of `except`.
   */
  goingAlong(from: readonly number[], columns: readonly number[] | null, limit: number, except?: readonly number[]): Promise<number[]>
  /** All parents of the live records that are below these in hierarchies with several parents, at any depth. */
  parentsBelow(from: readonly number[]): Promise<ParentEdge[]>
  /** Live records outside that link to these; ascending, at most `limit`. */
  linkingTo(systemIds: readonly number[], limit: number): Promise<LinkingRecord[]>

  /** Locks live records against any change, and so that nobody can link to them, in ascending order of system ids. */
  lockAffected(systemIds: readonly number[]): Promise<RecordHead[]>
  /** The same for records in the trash. */
  lockTrashed(tableId: number, objectIds: readonly number[]): Promise<RecordHead[]>
  contents(systemIds: readonly number[]): Promise<ReadonlyMap<number, Content>>

  /** Puts records in the trash, as a further version of each; their links, unique values, tag rows and grant rows are gone. */
  moveToTrash(rows: readonly TrashRow[]): Promise<void>
  /** Takes parents away from records that may have several. */
  dropParents(childIds: readonly number[], parentIds: readonly number[]): Promise<void>
  /** Takes records out of the trash, as a further version of each. All those rows are stored apart. */
  restore(rows: readonly RestoreRow[]): Promise<void>
  /** Takes all unique values away from records. */
  dropUniques(systemIds: readonly number[]): Promise<void>
  /** Stores those values that nobody holds, and answers the others. Waits for whoever is about to store one of them. */
  claimUniques(rows: readonly UniqueRow[]): Promise<UniqueRow[]>
  /** Removes records with all of their versions; a mark stays, so that their ids stay theirs. */
  purge(systemIds: readonly number[]): Promise<void>
}
