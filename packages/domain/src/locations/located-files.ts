/** Files as work on locations sees them: what lies where, and how that changes. */
import type { FileKind, FilePlace, KeptBytes } from '../files/file.ts'
import type { Trail } from '../events/new-event.ts'

/** A file with bytes here. */
export interface LocatedFile extends KeptBytes {
  readonly id: number
  readonly kind: FileKind
  readonly mimeType: string | null
  readonly problem: string | null
}

export interface PlaceSwitch {
  readonly file: LocatedFile
  /** Where its bytes have been copied to. The journal line of that place is taken away; that it is gone already is a failure. */
  readonly to: KeptBytes
  /** The old object stays until then; for ever with null. */
  readonly keepOldUntil: Date | null
  readonly trail: Trail
  /** Whose progress this is. */
  readonly task: number
  /** The same with a problem that does not hold any more, or the one that still does. */
  readonly problem: string | null
}

export interface LocatedFiles {
  /** By id, behind `after`, without those that the task has given up. */
  page(locationId: number, after: number, limit: number, task: number): Promise<LocatedFile[]>
  /** By key, in the order of its bytes, behind `after`. */
  pageByKey(locationId: number, after: string, limit: number): Promise<LocatedFile[]>
  /** Those that lie there now. */
  at(locationId: number, keys: readonly string[]): Promise<LocatedFile[]>
  /** What a move still has to do. */
  left(locationId: number, task: number): Promise<{ readonly files: number; readonly bytes: number }>
  /**
   * Which of these keys something names: a file in whatever location, the journal, a piece of an upload. Two locations may be
   * the same place under two names.
   */
  named(keys: readonly string[]): Promise<ReadonlySet<string>>
  /** Other files with this content. */
  twins(file: LocatedFile, limit: number): Promise<LocatedFile[]>
  /** False, with nothing done, when the file is gone or does not lie where it did. Fails with FileStoreUnavailable like `FileStore.change`. */
  switchPlace(change: PlaceSwitch): Promise<boolean>
  setProblems(problems: readonly { readonly id: number; readonly problem: string | null }[]): Promise<void>
  /** Leaves objects that nothing names to the journal; those that something has come to name are left out. */
  discard(locationId: number, keys: readonly string[]): Promise<readonly FilePlace[]>
}
