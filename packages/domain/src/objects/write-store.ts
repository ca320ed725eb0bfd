/**
 * Where records are written. All methods of a transaction may be started without waiting for the ones before: statements run
 * in the order they are started. What a method locks stays locked until the transaction ends.
 */
import type { AccessSource, AccessSubject } from '../access/access.ts'
import type { GrantRow, TagRow as RecordTagRow } from '../access/record-rows.ts'
import type { CollectionTransaction } from '../collections/collection-store.ts'
import type { EventRecorder } from '../events/new-event.ts'
import type { StoredFile } from '../files/file.ts'
import type { FileLink } from '../files/file-store.ts'
import type { Grant } from '../people/stored-grants.ts'
import type { FollowUpRecord } from '../workflow/follow-up-messages.ts'
import type { FollowUp } from '../workflow/workflow.ts'
import type { Content } from './content.ts'
import type { DeletionTransaction } from './delete-store.ts'

export interface RecordWriteStore {
  /**
   * Runs everything in one transaction, again from the start when it loses against another one; `run` must therefore leave
   * no trace outside the transaction. An error rolls back. Fails with DatabaseLockError when it keeps losing.
   */
  transaction<T>(run: (tx: RecordTransaction) => Promise<T>): Promise<T>
  /** Which of these ids and UUIDs belong to a record already, deleted ones included. */
  taken(wanted: { systemIds: readonly number[]; tableId: number; objectIds: readonly number[]; uuids: readonly string[] }): Promise<Identity[]>
}

export interface Identity {
  readonly systemId: number
  readonly tableId: number
  readonly objectId: number
  readonly uuid: string
}
export interface StoredRecord extends Identity {
  readonly version: number
  /** Version of the datamodel that the content follows. */
  readonly schemaVersion: number
  readonly createdAt: Date
  readonly modifiedAt: Date
  readonly createUser: number | null
  readonly ownerUser: number | null
  readonly ownerGroup: number | null
  readonly poolId: number | null
  readonly parentId: number | null
  /** System ids of the parents, for polyhierarchical types. */
  readonly parents: readonly number[]
  /** Place among the children of the parent, where it was chosen. */
  readonly childIdx: number | null
  readonly tags: readonly number[]
  /** The record's own access list; null where it has none. */
  readonly acl: readonly Grant[] | null
  readonly privateAcl: boolean
  /** Rules of the datamodel that the record breaks. */
  readonly systemTags: readonly string[]
  readonly content: Content
}

export interface RecordRow extends StoredRecord {
  readonly savedBy: number
  readonly comment: string | null
}
export interface LinkRow {
  readonly fromId: number
  readonly columnId: number
  readonly rowUuid: string
  readonly toId: number
}
/** A file that stands in a field of a record. */
export interface FileLinkRow {
  readonly fromId: number
  readonly columnId: number
  readonly rowUuid: string
  readonly fileId: number
}
export type LinkableFile = Pick<StoredFile, 'id' | 'kind' | 'reference' | 'uploadUser' | 'class' | 'extension' | 'sizeBytes' | 'originalFilepath'>
export interface UniqueRow {
  readonly key: string
  /** Hexadecimal SHA-256. */
  readonly digest: string
  readonly fromId: number
  readonly rowUuid: string
}
/** A value that is wanted, and the number under which its finds are answered. */
export interface Wanted<V> {
  readonly n: number
  readonly value: V
}
export interface Found {
  readonly n: number
  readonly systemId: number
}
export interface BaseRow {
  readonly id: number
  readonly reference: string | null
}
export interface PoolRow extends BaseRow {
  readonly isRoot: boolean
}
export interface TagRow extends BaseRow {
  readonly isDefault: boolean
  readonly hidden: boolean
  readonly group: { readonly id: number; readonly name: string; readonly choice: boolean }
}
export interface GroupRow extends BaseRow {
  readonly isSystem: boolean
}
export interface Addresses {
  readonly ids: readonly number[]
  readonly references: readonly string[]
}

/** A slot that lists records from the side they link to. */
export interface ReverseSlotRef {
  readonly tableId: number
  /** The link over there; null for the children of a hierarchical type. */
  readonly columnId: number | null
  readonly polyhierarchical: boolean
}
export interface ReversePlace extends ReverseSlotRef {
  readonly ownerId: number
}
export interface ReverseRow {
  readonly ownerId: number
  readonly columnId: number | null
  readonly systemId: number
}

/** A record that a link names before it exists. `reserved` is the id it gets when nobody has reserved one yet. */
export interface DeferWanted {
  readonly systemId: number | null
  readonly uuid: string | null
  readonly tableId: number
  readonly reserved: number
}
export interface DeferTarget {
  readonly systemId: number
  readonly tableId: number
  /** The record exists, in the trash. */
  readonly trashed: boolean
}
/** A record that does not exist and that links name, or named once. */
export interface Ghost {
  readonly systemId: number
  readonly uuid: string | null
  readonly tableId: number
  /** The id was chosen by the link, not reserved for its record. */
  readonly isChosen: boolean
}
/** Names under which a request makes records, or waits for them. */
export interface IdentityNames {
  readonly made: readonly string[]
  readonly awaited: readonly string[]
}
export interface ParentRow {
  readonly childId: number
  readonly parentId: number
}

/** Records in the trash are never found, unless a method says so. */
export interface RecordTransaction extends DeletionTransaction, EventRecorder {
  /** For rights on records, asked inside this transaction. */
  readonly access: AccessSource
  /** For what becomes of records in collections, inside this transaction. */
  readonly collections: CollectionTransaction
  /** The newest committed version; none is committed before the transaction has ended. */
  datamodelVersion(): Promise<number>
  findRecords(wanted: {
    systemIds: readonly number[]
    uuids: readonly string[]
    objects: readonly { tableId: number; objectId: number }[]
  }): Promise<Identity[]>
  /** By the digest of a unique key's value; at most one each. */
  findByUnique(key: string, wanted: readonly Wanted<string>[]): Promise<Found[]>
  /** By the value of a column of the record itself. With `language`, values are objects of texts that the stored one contains. */
  findByColumn(tableId: number, columnKey: string, wanted: readonly Wanted<unknown>[], language?: string): Promise<Found[]>

  /** Pools and the like answer for ids and references; those found stay until the transaction ends. */
  pools(wanted: Addresses): Promise<PoolRow[]>
  /** All default tags as well. */
  tags(wanted: Addresses): Promise<TagRow[]>
  users(wanted: Addresses): Promise<BaseRow[]>
  groups(wanted: Addresses): Promise<GroupRow[]>

  /**
   * Whoever makes a record under a chosen name and whoever waits for one under it take turns, so that neither misses the other.
   * To be called before anything is looked for.
   */
  lockIdentities(names: IdentityNames): Promise<void>
  /** Where links to records lead that may not exist yet, in the order of what is wanted. */
  deferTargets(wanted: readonly DeferWanted[]): Promise<DeferTarget[]>
  /** Ghosts that go by one of these ids or UUIDs. */
  ghosts(wanted: { readonly systemIds: readonly number[]; readonly uuids: readonly string[] }): Promise<Ghost[]>
  /** Their records have come. */
  dropGhosts(systemIds: readonly number[]): Promise<void>
  /** Links that lead to `from` lead to `to`, in old versions as well: they always meant the record that has come under that id. */
  relink(moves: readonly { readonly from: number; readonly to: number }[]): Promise<number[]>

  /** What stands in these slots now, each slot in ascending order of ids. Nothing is locked. */
  reverseRows(places: readonly ReversePlace[]): Promise<ReverseRow[]>
  /** Where these columns of these records lead. Nothing is locked. */
  linkedFrom(systemIds: readonly number[], columnIds: readonly number[]): Promise<number[]>
  /** What rights on these records depend on. Nothing is locked. */
  subjects(systemIds: readonly number[]): Promise<AccessSubject[]>

  /** One at a time may move records of this type to other parents. */
  lockHierarchy(tableId: number): Promise<void>
  /** Locks for a change, in ascending order of system ids. */
  lockForChange(systemIds: readonly number[]): Promise<StoredRecord[]>
  lockObjectsForChange(tableId: number, objectIds: readonly number[]): Promise<StoredRecord[]>
  /** Keeps records from being deleted, and answers which of them are there. */
  lockTargets(systemIds: readonly number[]): Promise<number[]>

  /** Stores new records with their first version; answers those stored. An id or UUID that is taken leaves a record out. */
  insert(rows: readonly RecordRow[]): Promise<number[]>
  /** Stores a further version. */
  update(rows: readonly RecordRow[]): Promise<void>
  /** Makes these the only links of the records `from`. */
  replaceLinks(changed: readonly number[], rows: readonly LinkRow[]): Promise<void>
  /** Files by id or reference, which stay until the transaction ends; those that are not there are left out. */
  files(wanted: Addresses): Promise<LinkableFile[]>
  /** Where live records have these files in their newest version. */
  fileLinks(fileIds: readonly number[]): Promise<Pick<FileLink, 'fileId' | 'systemId' | 'columnId'>[]>
  /** Makes these the only files of the newest versions of `changed`. What older versions have stays known. */
  replaceFiles(changed: readonly number[], rows: readonly FileLinkRow[]): Promise<void>
  /** Takes values away from `changed` unless they are among `rows`, and adds `rows`; answers the rows that others hold. */
  replaceUniques(changed: readonly number[], rows: readonly UniqueRow[]): Promise<(UniqueRow & { readonly holder: number })[]>
  /** Marks the newest versions with the rules that they break. */
  mark(rows: readonly { readonly systemId: number; readonly systemTags: readonly string[] }[]): Promise<void>
  /** Makes these the only parents of polyhierarchical records. */
  replaceParents(changed: readonly number[], rows: readonly ParentRow[]): Promise<void>
  /** Makes these the only tag rows of the records `changed`. Records in the trash have none. */
  replaceTags(changed: readonly number[], rows: readonly RecordTagRow[]): Promise<void>
  /** Makes these the only access list rows of the records `changed`. Records in the trash have none. */
  replaceGrants(changed: readonly number[], rows: readonly GrantRow[]): Promise<void>
  /** A record among these that is its own ancestor. */
  findCycle(systemIds: readonly number[]): Promise<number | undefined>
  /** Messages that go out once the transaction has ended well; each names the place of its record among `records`. */
  queueFollowUps(followUps: readonly FollowUp[], records: readonly FollowUpRecord[]): Promise<void>
}
