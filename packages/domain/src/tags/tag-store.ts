/** What the storage of tags has to promise. */
import type { SharedGround } from '../collections/shared-ground.ts'
import type { EventRecorder } from '../events/new-event.ts'
import type { TagGroup } from './tag.ts'

/** A stored document that may name tags: settings of a pool or object type, a workflow rule, a preset of rights, the list of a collection. */
export interface NamingDocument {
  readonly kind: 'pool' | 'objecttype' | 'transition' | 'right_preset' | 'collection'
  readonly id: number
  readonly data: unknown
}

export interface TagTransaction extends EventRecorder, SharedGround {
  groups(): Promise<TagGroup[]>
  /** Number of records that carry each of these tags, trash included. No record can receive them until the end. */
  recordsWith(ids: readonly number[]): Promise<ReadonlyMap<number, number>>
  /** Number of records whose own access lists have conditions with each of these tags. */
  recordsGrantingBy(ids: readonly number[]): Promise<ReadonlyMap<number, number>>
  documents(): Promise<NamingDocument[]>
  /** Stores changed documents under their kind and id. */
  rewrite(documents: readonly NamingDocument[]): Promise<void>
  /** Makes these the only groups and tags. */
  replace(groups: readonly TagGroup[]): Promise<void>
}

export interface TagStore {
  groups(): Promise<TagGroup[]>
  /** Runs `work` in one transaction, one at a time per instance. It may run more than once. */
  change<T>(work: (transaction: TagTransaction) => Promise<T>): Promise<T>
}
