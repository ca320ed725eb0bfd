/** What the steps of one save share, and the changes that they work on. */
import type { CallerAccess } from '../access/access.ts'
import type { CollectionPolicy } from '../collections/collection-records.ts'
import type { Datamodel, ReverseField, Table } from '../datamodel/model.ts'
import type { Caller } from '../people/caller.ts'
import type { RecordIndex } from '../ports/record-index.ts'
import type { Places } from '../places/places.ts'
import type { Workflow } from '../workflow/workflow.ts'
import type { Problems } from './problems.ts'
import type { NewRecord } from './record-refs.ts'
import type { Draft, Drafts } from './save-draft.ts'
import type { RecordRow, StoredRecord } from './write-store.ts'

/** Whether records that stand inside others follow them into another pool; undefined leaves it to the mask. */
export type PoolFollowing = 'always' | 'never' | undefined

/** Answers to questions, as the request brings them. */
export interface SaveAnswers {
  readonly revoke: boolean
  readonly confirmTransition: string | null
  readonly poolFollowing: PoolFollowing
  readonly allowInvalidAcl: boolean
}

export interface SaveContext {
  readonly caller: Caller
  readonly access: CallerAccess
  readonly workflow: Workflow
  readonly places: Places
  readonly datamodel: Datamodel
  /** The same with the standard masks that pools and object types name. */
  readonly standards: Pick<Datamodel, 'standardMask'>
  readonly table: Table
  readonly drafts: Drafts
  readonly created: ReadonlyMap<Draft, NewRecord>
  readonly reserved: readonly number[]
  readonly now: Date
  readonly skipConstraints: boolean
  readonly skipReverse: boolean
  readonly skipBidirectionalUpdate: boolean
  readonly skipEvents: boolean
  /** Told of what changes; null where there is none, and where the request wants it left out. */
  readonly index: RecordIndex | null
  /** Where new records are put. */
  readonly collection: number | null
  readonly collectionPolicy: CollectionPolicy | null
  /** New records are made by the right on a collection, not by that on their pool or type. */
  readonly createsInCollection: boolean
  readonly answers: SaveAnswers
  readonly problems: Problems
  /** Digest of the request, so that confirmations hold for nothing else. */
  readonly digest: string
  /** Mirrored links that have been waiting for new records of the request. */
  readonly awaited?: readonly AwaitedLink[]
  /** Records that turned out to be needed only after others had been locked: they are locked together from the start. */
  readonly lockToo: ReadonlySet<number>
}

export interface AwaitedLink {
  readonly from: number
  readonly columnId: number
  readonly to: number
}

/** `request`: sent as such. `reverse`: sent inside another one. `mirror`: the other side of a link. `pool`: follows its owner. */
export type ChangeOrigin = 'request' | 'reverse' | 'mirror' | 'pool'

/** A record as it shall be stored, beside what was stored before. */
export interface Change {
  readonly table: Table
  readonly origin: ChangeOrigin
  readonly where: string
  readonly draft: Draft | null
  readonly stored: StoredRecord | undefined
  readonly row: RecordRow
  /** Nothing differs from what is stored, so there is no new version. */
  readonly unchanged: boolean
}

/** A record that goes to the trash because it was left out of the one it belongs to, or belongs to one that was. */
export interface Removal {
  readonly table: Table
  readonly where: string
  readonly stored: StoredRecord
  readonly comment: string
  readonly field: ReverseField
}

/** The records that are needed are not all locked: the save starts over and locks these as well. */
export class MoreLocks extends Error {
  readonly systemIds: readonly number[]
  constructor(systemIds: readonly number[]) {
    super('more records have to be locked')
    this.systemIds = systemIds
  }
}

/** The version that a stored record gets which the request changes without having sent it. */
export const nextVersion = (stored: StoredRecord, { caller, datamodel, now }: Pick<SaveContext, 'caller' | 'datamodel' | 'now'>): RecordRow => ({
  ...stored,
  version: stored.version + 1,
  schemaVersion: datamodel.version,
  modifiedAt: now,
  savedBy: caller.userId,
  comment: null,
})
