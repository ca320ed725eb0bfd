/** Looking into archives without unpacking them. They come from anybody: sizes lie, and paths point out of them. */
import type { Readable } from 'node:stream'
import type { BlobRange } from './blob-store.ts'

/** Bytes that can be read from anywhere. */
export interface RandomBytes {
  readonly sizeBytes: number
  read(range: BlobRange): Promise<Readable>
}

export interface ArchiveEntry {
  /** With slashes between folders, one at the end of a folder and none at the beginning; never out of the archive. */
  readonly path: string
  readonly isFolder: boolean
  readonly sizeBytes: number
  readonly modifiedAt: Date | null
}

/** It is no archive, or damaged, or has something in it that is not opened here. */
export class ArchiveFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ArchiveFailure'
  }
}

export interface Archives {
  /** In their order; fails with ArchiveFailure. */
  entries(bytes: RandomBytes): AsyncIterable<ArchiveEntry>
  /** What is in an entry; null when there is none. A stream of more or less than was told is destroyed. */
  open(bytes: RandomBytes, path: string): Promise<{ readonly entry: ArchiveEntry; readonly body: Readable } | null>
}
