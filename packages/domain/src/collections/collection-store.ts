/** What the storage of collections has to promise. Every method is one statement, however many collections it is about. */
import type { AccessSource, AccessSubject } from '../access/access.ts'
import type { EventActor, NewEvent } from '../events/new-event.ts'
import type { RecordTransaction } from '../objects/write-store.ts'
import type { Collection } from './collection.ts'
import type { PinCode } from './collection-rights.ts'
import type { SharingSource } from './sharing-store.ts'

export interface Tally {
  readonly count: number
  readonly countRecursive: number
  readonly hasChildren: boolean
  readonly hasRemote: boolean
}

/** Where a caller's view begins: collections of an owner, and those shared by a list. */
export interface Entry {
  readonly id: number
  /** Reaches below private access lists too. */
  readonly sticky: boolean
}
/** `null` sees everything. */
export type Sight = { readonly ownerUser: number; readonly entries: readonly Entry[] } | null

/** All collections, those below one, or those whose parent is out of sight. */
export type Below = 'anywhere' | 'unseen' | number

export interface Page {
  readonly limit: number
  readonly offset: number
}

/** A place in a collection. `globalId` ends in `@local` for records of this instance. */
export interface Member {
  readonly globalId: string
  readonly systemId: number | null
  readonly props: Readonly<Record<string, unknown>> | null
}

export type Left = Omit<Member, 'props'>

export interface CollectionSource {
  /** These collections and all those above them. */
  withAncestors(wanted: { readonly ids: readonly number[]; readonly references: readonly string[] }): Promise<Collection[]>
  /** Collections whose list has an entry for the user, one of the groups or the owner; in force or not. */
  sharedWith(userId: number, groupIds: readonly number[]): Promise<Collection[]>
  /** Ids in ascending order. */
  visible(sight: Sight, below: Below, page: Page): Promise<number[]>
  tallies(ids: readonly number[]): Promise<ReadonlyMap<number, Tally>>
  /** How users are shown to people. */
  displaynames(userIds: readonly number[]): Promise<ReadonlyMap<number, string>>
  pinCodes(userId: number): Promise<readonly PinCode[]>
  /** In order. Records in the trash are left out, here and wherever members are counted. */
  members(id: number, page: Page): Promise<Member[]>
  count(id: number): Promise<number>
}

export interface Splice {
  readonly index: number
  /** Null takes out all that follow. */
  readonly count: number | null
}

export interface CollectionTransaction extends CollectionSource {
  /** What evaluating rights asks of the database, in this transaction. */
  readonly access: AccessSource
  readonly sharing: SharingSource
  /** One at a time may change the tree of an instance. */
  lockTree(): Promise<void>
  /** Keeps the content of these collections from being changed by anybody else. Locks in ascending order of ids. */
  lockContent(ids: readonly number[]): Promise<void>
  /** Fails with DatabaseUniqueKeyViolation. */
  save(collections: readonly Collection[]): Promise<void>
  /** Gives a collection and all below it to somebody. */
  giveTo(id: number, ownerUser: number): Promise<void>
  /** The collection and everything below it. */
  subtree(id: number): Promise<Collection[]>
  remove(ids: readonly number[]): Promise<void>
  /** Keeps live records from being deleted and answers them. */
  lockRecords(systemIds: readonly number[]): Promise<AccessSubject[]>

  /** The same for records in the trash too, and without a lock. */
  records(systemIds: readonly number[]): Promise<AccessSubject[]>

  /** Which of these are in the collection. */
  present(id: number, globalIds: readonly string[]): Promise<string[]>
  /** Members that are there already move to the end. */
  push(id: number, members: readonly Member[]): Promise<void>
  /** Makes these the only members, in this order. This and the methods that follow answer who is in it no longer. */
  replace(id: number, members: readonly Member[]): Promise<Left[]>
  /** Members that are elsewhere in the collection move. */
  splice(id: number, at: Splice, members: readonly Member[]): Promise<Left[]>
  take(id: number, globalIds: readonly string[]): Promise<Left[]>
  /** Where these records are, and what their collections may ask about them. */
  places(
    systemIds: readonly number[],
  ): Promise<{ readonly id: number; readonly systemId: number; readonly tableId: number; readonly poolId: number | null }[]>
  /** Marks places in collections as invalid, or gives them up. */
  dropMembers(places: readonly { readonly id: number; readonly systemId: number }[], policy: 'setinvalid' | 'remove'): Promise<void>
  /** For records that are gone for good. */
  forget(systemIds: readonly number[]): Promise<void>

  /** Whatever was derived from access lists is derived anew. */
  raiseRevision(): Promise<void>
  logEvents(events: readonly NewEvent[], actor: EventActor | null): Promise<void>
}

export interface CollectionStore {
  read<T>(run: (source: CollectionSource) => Promise<T>): Promise<T>
  /** One transaction; it may run more than once. Lookups go through `records`. */
  change<T>(run: (tx: CollectionTransaction, records: RecordTransaction) => Promise<T>): Promise<T>
  /** The root and the user's own collection, made where they are missing. Safe under races. */
  ensureTop(top: {
    readonly userId: number
    readonly displayname: string
    readonly freshIds: () => Promise<readonly [number, number]>
  }): Promise<void>
}
