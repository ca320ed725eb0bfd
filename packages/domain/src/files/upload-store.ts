/**
 * What the storage of resumable uploads has to promise. An upload is a row and its pieces, which follow each other without gaps: how
 * far it has come is where the last one ends. Whoever adds to an upload, or ends it, holds it; everything that a holder does
 * fails with UploadBusy when somebody else has come to hold it meanwhile, and with ResourceNotFound when it is gone.
 */
import type { AnyJob } from '../jobs.ts'
import type { FilePlace, KeptBytes } from './file.ts'
import type { Effects, NewFile } from './file-store.ts'

/** As sent, by key; null for a key without a value. */
export type UploadMetadata = Readonly<Record<string, string | null>>

export interface NewUpload {
  readonly id: string
  readonly userId: number
  readonly expiresAt: Date
  /** Null while it is not known. */
  readonly sizeBytes: number | null
  readonly metadata: UploadMetadata
  /** Where its pieces lie. */
  readonly locationId: number
}

export interface ResumableUpload extends NewUpload {
  /** Bytes that have arrived and stay. */
  readonly offsetBytes: number
  /** Null until it has become a file; it has no pieces any more then. */
  readonly fileId: number | null
}

export interface UploadPiece extends FilePlace {
  readonly startByte: number
  readonly sizeBytes: number
}

/** An upload and the name under which it is held. */
export interface Holding {
  readonly id: string
  readonly holder: string
}

export interface UploadStore {
  /** Held by `holder` from the start. */
  begin(upload: NewUpload, holding: Holding, holdMs: number, jobs: readonly AnyJob[]): Promise<void>
  find(id: string): Promise<ResumableUpload | null>
  /** Pieces that begin at this byte or behind it, in order. */
  pieces(id: string, fromByte: number, limit: number): Promise<UploadPiece[]>

  /** With `ask`, whoever holds it is asked to let go. */
  hold(holding: Holding, holdMs: number, options: { readonly ask: boolean }): Promise<'held' | 'busy' | 'gone'>
  prolong(holding: Holding, holdMs: number): Promise<'held' | 'wanted' | 'lost'>
  release(holding: Holding): Promise<void>

  /** Says how long the upload is, where that was not known. */
  declare(holding: Holding, sizeBytes: number): Promise<void>
  /**
   * Takes the journal line of the piece away. Fails with UploadOffsetMismatch unless the piece begins where the upload has come to, and
   * like `FileStore.add` when the line has been swept.
   */
  addPiece(holding: Holding, startByte: number, bytes: KeptBytes, expiresAt: Date, jobs: readonly AnyJob[]): Promise<void>
  /**
   * Adds the file and leaves the pieces to the journal, whose places are answered. An upload that has become a file answers that one
   * and does nothing. Fails like `FileStore.add`.
   */
  finish(holding: Holding, file: NewFile, expiresAt: Date, effects: Effects): Promise<{ readonly fileId: number; readonly places: FilePlace[] }>
  /** Leaves the pieces to the journal, and answers where they are. */
  remove(holding: Holding): Promise<FilePlace[]>
}
