/**
 * How reading asks the database. Everything is asked for a whole page at once: the records, then what they point at, level by
 * level, then the names of people, pools and tags.
 *
 * The database writes plain fields out as JSON text itself (`written`), because that text goes to the caller unchanged; it
 * hands over as values only what rendering has to look into (`wanted`).
 */
import type { AccessSource, AccessSubject } from '../access/access.ts'
import type { Sight } from '../collections/collection-store.ts'
import type { StoredFile } from '../files/file.ts'
import type { UploaderNames } from '../files/files.ts'
import type { ReadScope } from '../access/read-scope.ts'
import type { Content } from './content.ts'

/** A column that the database writes into the content block: stored key, name on the wire, and what stands for no value. */
export interface WrittenColumn {
  readonly key: string
  readonly name: string
  readonly empty: 'omit' | 'null' | 'false'
}

/** Made once per mask and format and kept, so that a driver can keep what it derives from it. */
export interface Projection {
  readonly written: readonly WrittenColumn[]
  readonly wanted: Wanted
  /** When and by whom the record was made, its owner, and the rules it breaks. */
  readonly origin: boolean
  /** The record's own access list. */
  readonly acl: boolean
  readonly history: boolean
  readonly comment: boolean
}

/** Stored keys to hand over as values, per object type, and the types of which children are looked for. */
export interface Wanted {
  readonly keys: ReadonlyMap<number, readonly string[]>
  readonly hierarchical: readonly number[]
  /** The same for types whose records may have several parents. */
  readonly polyhierarchical: readonly number[]
}

/** Where records stand that are listed by the one they belong to: linked by a column, or below it in the hierarchy. */
export interface RowSlot {
  /** Object type of the rows. */
  readonly table: number
  readonly by: { readonly column: number } | 'parent' | 'parents'
}

/** A record to look up: as it is now, or as it was at a moment. */
export interface RecordPointer {
  readonly id: number
  readonly at: string | null
}

export interface HistoryEntry {
  readonly operation: 'INSERT' | 'UPDATE' | 'DELETE'
  readonly time: string
  readonly version: number
  readonly user: number | null
  readonly comment: string | null
}

/** One state of a record. Ids are null only in a dry run, for what would be created. */
export interface RecordFacts {
  readonly id: number | null
  readonly table: number
  readonly object: number | null
  readonly uuid: string
  readonly version: number
  /** Number of the newest version. */
  readonly newest: number
  readonly modified: string
  /** Set when the record was in the trash in this state. */
  readonly deleted?: string
  /** Set when it is in the trash now, although it was not in this state. */
  readonly trashed?: string
  /** This and the people below only with `origin`. */
  readonly created?: string
  readonly createUser?: number
  readonly ownerUser?: number
  readonly ownerGroup?: number
  readonly pool?: number
  /** System id of the parent. */
  readonly parent?: number
  /** System ids of the parents, where several are possible. */
  readonly parents?: readonly number[]
  /** Chosen place among the children of the parent. */
  readonly place?: number
  readonly acl?: readonly unknown[]
  readonly privateAcl?: boolean
  /** Rules that the newest version breaks. */
  readonly systemTags?: readonly string[]
  readonly tags?: readonly number[]
  readonly children?: boolean
  readonly comment?: string
  readonly history?: readonly HistoryEntry[]
  readonly values: Content
}

export interface WrittenRecord {
  readonly facts: RecordFacts
  /** `,"name":value` for every written column. */
  readonly block: string
}

/** A record that is written into another one, which `master` names by its place in the question. */
export interface WrittenRow extends WrittenRecord {
  readonly master: number
}

/** Which records: one page of a type, some by id, or stored versions. Records in the trash are left out. */
export type Selection =
  | ({ readonly by: 'page'; readonly table: number } & RecordPage)
  | { readonly by: 'objectId'; readonly table: number; readonly ids: readonly number[] }
  | { readonly by: 'systemId'; readonly ids: readonly number[] }
  | { readonly by: 'version'; readonly versions: readonly StoredVersion[] }

export interface StoredVersion {
  readonly id: number
  readonly version: number
}
export interface VersionFound extends StoredVersion {
  readonly schemaVersion: number
  readonly newest: boolean
  /** When it was saved, exactly; links of an old version are followed at this moment. */
  readonly savedAt: string
}
/** A page of all records of a type, or of those in the scope. */
export interface RecordPage {
  readonly limit: number
  readonly offset: number
  readonly scope?: ReadScope | null
}
export type RecordAddress = { readonly objectId: number } | { readonly systemId: number } | RecordPage

export interface PersonName {
  readonly id: number
  readonly displayname: string
  /** What else is told of users where they are shown in full. */
  readonly more?: Readonly<Record<string, unknown>>
}
export interface PoolName {
  readonly id: number
  readonly name?: Readonly<Record<string, string>>
}
export interface TagName {
  readonly id: number
  readonly displayname?: Readonly<Record<string, string>>
}
export interface Names {
  /** Users that do not exist any more stand here as the one who takes their place. */
  readonly users: ReadonlyMap<number, PersonName>
  readonly groups: ReadonlyMap<number, PersonName>
  readonly pools: ReadonlyMap<number, PoolName>
  /** In the order in which tags are shown. */
  readonly tags: ReadonlyMap<number, TagName>
}
export interface NameIds {
  readonly users: ReadonlySet<number>
  readonly groups: ReadonlySet<number>
  readonly pools: ReadonlySet<number>
  readonly tags: ReadonlySet<number>
}

/** What is known of a record that a link names and that does not exist. */
export interface Ghost {
  readonly uuid: string | null
  readonly table: number
}

/** Files with what was made of them, and the people who brought them. */
export interface FilesFound {
  readonly files: readonly StoredFile[]
  readonly versions: readonly StoredFile[]
  readonly uploaders: Awaited<ReturnType<UploaderNames['short']>>
}

export interface RecordSource {
  /** For rights on records, asked on the same connection. */
  readonly access: AccessSource
  /** Ascending by object id, then version. What does not exist is left out. */
  records(projection: Projection, selection: Selection): Promise<readonly WrittenRecord[]>
  /** Stored versions of live records of a type, ascending by object id, then version; one version or all of them, `most` at most. */
  versions(table: number, address: RecordAddress, version: number | null, most: number): Promise<readonly VersionFound[]>
  /**
   * Records that stand in this slot of these records, by chosen place, else by object id; `most` at most. None from the trash,
   * for a moment none that was in the trash then.
   */
  rows(projection: Projection, slot: RowSlot, masters: readonly RecordPointer[], most: number): Promise<readonly WrittenRow[]>
  /** States of records of any type, in the trash or not; in the order of the pointers, null for what does not exist. */
  states(wanted: Wanted, pointers: readonly RecordPointer[]): Promise<readonly (RecordFacts | null)[]>
  /** Object types of records, as table ids. */
  tables(ids: readonly number[]): Promise<ReadonlyMap<number, number>>
  ghosts(ids: readonly number[]): Promise<ReadonlyMap<number, Ghost>>
  /** Collections in sight that hold these records, by system id and ascending; records in none are left out. */
  collectionsOf(ids: readonly number[], sight: Sight): Promise<ReadonlyMap<number, readonly number[]>>
  /** These live records as the rights engine takes them; what does not exist is left out. */
  subjects(systemIds: readonly number[]): Promise<readonly AccessSubject[]>
  names(ids: NameIds): Promise<Names>
  /** Those that are gone are left out. What was read from the content of a file (`metadata`) is not fetched. */
  files(ids: readonly number[]): Promise<FilesFound>
}

export interface RecordStore {
  /** Runs on one connection. The statements see their own snapshots: a record saved in between may show in a link already. */
  read<T>(run: (source: RecordSource) => Promise<T>): Promise<T>
}
