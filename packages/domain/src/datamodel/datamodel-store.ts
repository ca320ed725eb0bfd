/** Where versions of the datamodel are kept. */
import type { EventRecorder } from '../events/new-event.ts'
import type { UniqueRow } from '../objects/write-store.ts'
import type { VersionDocuments } from './compile-datamodel.ts'

export interface DatamodelState {
  /** The newest commit. */
  readonly current: VersionDocuments
  readonly head: VersionDocuments | null
}

export interface RecordCount {
  readonly objects: number
  readonly deleted: number
}

export interface RecordContent {
  readonly systemId: number
  readonly parentId: number | null
  readonly content: Readonly<Record<string, unknown>>
}

export interface DatamodelTransaction extends EventRecorder {
  /** Stores the working copy in place of the one there is. */
  saveHead(head: Omit<VersionDocuments, 'committedAt'>): Promise<void>
  /** Makes the working copy the newest commit; answers its time. */
  commitHead(version: number): Promise<Date>
  /** Records by object type, those in the trash counted apart. Object types without any are left out. */
  countRecords(tableIds: readonly number[]): Promise<ReadonlyMap<number, RecordCount>>
  /** Whether any newest state of a record, trash included, has a value at this path: nested tables, then the column. */
  holdsValues(tableId: number, path: readonly string[]): Promise<boolean>
  /** Live records of an object type in ascending order of id, a page at a time. */
  records(tableId: number, after: number, limit: number): Promise<readonly RecordContent[]>
  /** Where a value is taken already, the earlier record keeps it. */
  addUniqueRows(rows: readonly UniqueRow[]): Promise<void>
  /** Has records of these object types judged anew, from the first one on. */
  judgeAnew(tableIds: readonly number[]): Promise<void>
  /** Removes what was kept beside records for things that are no longer there. */
  forget(gone: { tableIds: readonly number[]; columnIds: readonly number[]; uniqueKeys: readonly string[] }): Promise<void>
}

export interface DatamodelStore {
  /** Number of the newest commit; 0 when there is none. */
  currentVersion(): Promise<number>
  /** Null when there is no such version; the working copy is found by `HEAD` only, and only while there is one. */
  find(version: number | 'HEAD' | 'CURRENT'): Promise<VersionDocuments | null>
  /**
   * One transaction that nobody else's `change` of this instance runs beside. With `commit`, it also waits for saves of
   * records that are under way and holds new ones up until it ends; those then find the new version and start again.
   * `work` may run more than once.
   */
  change<T>(purpose: 'edit' | 'commit', work: (state: DatamodelState, tx: DatamodelTransaction) => Promise<T>): Promise<T>
  /** Stores a first commit, made now, unless there is any version. */
  seed(first: Omit<VersionDocuments, 'committedAt'>): Promise<void>
}
