/**
 * What the storage of files has to promise. Rows and journal lines of one call are written in one transaction, with the jobs and
 * events that follow from them.
 *
 * The journal is what keeps objects and rows together: a line is written before an object, and goes in the transaction that
 * writes the row which names it. An object whose line is still there when its time has come is removed unless a row names it.
 */
import type { Trail } from '../events/new-event.ts'
import type { AnyJob } from '../jobs.ts'
import type { MetadataTag, TechnicalMetadata } from '../ports/media.ts'
import type { FileFacts, FilePlace, FileState, KeptBytes, StoredFile } from './file.ts'

export interface NewFile extends FileFacts {
  readonly id: number
  readonly state: FileState
  readonly problem: string | null
  readonly hash: string
  /** Null while there are none here. Their journal lines are taken away; that they are gone already is a failure. */
  readonly bytes: KeptBytes | null
  /** Told by somebody, where there are no bytes yet. */
  readonly sizeBytes: number | null
  readonly technical: TechnicalMetadata & Readonly<Record<string, unknown>>
  readonly metadata: readonly MetadataTag[] | null
}

export interface Effects {
  readonly jobs: readonly AnyJob[]
  readonly trail: Trail
}

/** What a step has come to know of a file. Absent is unchanged. */
export interface FileChange {
  readonly id: number
  /** Only a file in one of these states is changed. */
  readonly from: readonly FileState[]
  readonly state?: FileState
  readonly problem?: string | null
  readonly percentDone?: number | null
  readonly hash?: string
  /** Bytes that have come; see `NewFile`. What the file had before is left to the journal. */
  readonly bytes?: KeptBytes
  readonly mimeType?: string
  readonly extension?: string
  readonly class?: string
  readonly reference?: string | null
  readonly originalFilepath?: string
  readonly customProduceConfig?: Readonly<Record<string, unknown>> | null
  readonly technical?: TechnicalMetadata & Readonly<Record<string, unknown>>
  readonly metadata?: readonly MetadataTag[] | null
}

/** A file that a record names, in its newest version or an older one. */
export interface FileLink {
  readonly fileId: number
  readonly systemId: number
  readonly columnId: number
  readonly live: boolean
}

export interface VersionsFound {
  readonly file: StoredFile | undefined
  /** By id; no originals are among them. */
  readonly versions: readonly StoredFile[]
}

export interface FileStore {
  /**
   * All or none. Fails with EasDuplicateReference, with EasNoParentID when a parent is gone, and with FileStoreUnavailable when a
   * journal line has been swept meanwhile.
   */
  add(files: readonly NewFile[], effects: Effects): Promise<StoredFile[]>
  /** Answers the files that were in a state to be changed, as they are now. Fails like `add`. */
  change(changes: readonly FileChange[], effects: Effects): Promise<StoredFile[]>
  /** In any order; those that are not there are left out. */
  find(ids: readonly number[]): Promise<StoredFile[]>
  findByReference(references: readonly string[]): Promise<StoredFile[]>
  /** Originals with one of these hashes, by id; at most `limit` of each. */
  findByHash(hashes: readonly string[], limit: number): Promise<StoredFile[]>
  /** Ids of originals, in their order, behind `after`; of all without `ids`. */
  originals(ids: readonly number[] | null, after: number, limit: number): Promise<number[]>
  countOriginals(ids: readonly number[] | null): Promise<number>
  /** Everything below these originals, by id: renditions, and originals that were made of them. */
  below(parentIds: readonly number[]): Promise<StoredFile[]>
  /** For handing out: a file, and what was made of it with this hash. Their `metadata` is not looked at, and null. */
  findVersion(id: number, hash: string): Promise<VersionsFound>
  links(fileIds: readonly number[]): Promise<FileLink[]>
  /** Removes files and all below them; their objects are left to the journal. Those that records name stay. Answers the ids removed. */
  remove(ids: readonly number[], effects: Effects): Promise<number[]>

  /** Before anything is written under these keys. */
  journal(places: readonly FilePlace[], notBefore: Date): Promise<void>
  /** Whoever is still writing; false when the line is gone, and with it the right to write. */
  prolong(place: FilePlace, notBefore: Date): Promise<boolean>
  /** Nothing lies there, and nothing will. */
  forget(places: readonly FilePlace[]): Promise<void>
  /** Locations with journal lines whose time has come. */
  dueLocations(): Promise<number[]>
  /**
   * Hands out keys of a location whose time has come, held against others until `remove` has ended. Lines whose object something
   * names are dropped unseen; the others go with their objects. `remove` must not ask the database, and may be called again with the
   * same keys. Answers how many lines there were.
   */
  sweepDue(locationId: number, limit: number, remove: (keys: readonly string[]) => Promise<void>): Promise<number>
  /** When the next journal line is due; null when there is none. */
  nextDue(): Promise<Date | null>
}
