/**
 * How reading asks the database. Everything is asked for a whole page at once: the records, then what they point at, level by
 * level, then the names of people, pools and tags.
 *
 * The database writes plain fields out as JSON text itself (`written`), because that text goes to the caller unchanged; it
 * hands over as values only what rendering has to look into (`wanted`).
 */
import type { AccessSource, AccessSubject } from '../access/access.ts'
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
  /** When and by whom the record was made, and its owner. */
  readonly origin: boolean
  readonly history: boolean
  readonly comment: boolean
}

/** Stored keys to hand over as values, per object type, and the types of which children are looked for. */
export interface Wanted {
  readonly keys: ReadonlyMap<number, readonly string[]>
  readonly hierarchical: readonly number[]
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
  /** Set while the record is in the trash. */
  readonly deleted?: string
  /** This and the people below only with `origin`. */
  readonly created?: string
  readonly createUser?: number
  readonly ownerUser?: number
  readonly ownerGroup?: number
  readonly pool?: number
  /** System id of the parent. */
  readonly parent?: number
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

/** Which records: one page of a type, some by id, or stored versions. Records in the trash are left out. */
export type Selection =
  | { readonly by: 'page'; readonly table: number; readonly limit: number; readonly offset: number }
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
export type RecordAddress = { readonly objectId: number } | { readonly systemId: number } | { readonly limit: number; readonly offset: number }

export interface PersonName {
  readonly id: number
  readonly login?: string
  readonly displayname: string
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
  /** Users that do not exist any more are missing here. */
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

export interface RecordSource {
  /** For rights on records, asked on the same connection. */
  readonly access: AccessSource
  /** Ascending by object id, then version. What does not exist is left out. */
  records(projection: Projection, selection: Selection): Promise<readonly WrittenRecord[]>
  /** Stored versions of live records of a type, ascending by object id, then version; one version or all of them. */
  versions(table: number, address: RecordAddress, version: number | null): Promise<readonly VersionFound[]>
  /** States of records of any type, in the trash or not; in the order of the pointers, null for what does not exist. */
  states(wanted: Wanted, pointers: readonly RecordPointer[]): Promise<readonly (RecordFacts | null)[]>
  /** Object types of records, as table ids. */
  tables(ids: readonly number[]): Promise<ReadonlyMap<number, number>>
  /** These live records as the rights engine takes them; what does not exist is left out. */
  subjects(systemIds: readonly number[]): Promise<readonly AccessSubject[]>
  names(ids: NameIds): Promise<Names>
}

export interface RecordStore {
  /** Runs on one connection. The statements see their own snapshots: a record saved in between may show in a link already. */
  read<T>(run: (source: RecordSource) => Promise<T>): Promise<T>
}
