/**
 * Copies the bytes of a file to another place and makes that the place of the file: journal line, copy under the eyes of size and
 * SHA-256, proof by reading the copy again, and one transaction that says where the file lies now. Until then the file lies where
 * it did; whatever goes wrong leaves at most an object that the journal knows of.
 */
import { createHash } from 'node:crypto'
import { purposeOf, type KeptBytes } from '../files/file.ts'
import type { KeepBytes } from '../files/keep-bytes.ts'
import { BlobFailure } from '../ports/blob-store.ts'
import type { LocatedFile } from './located-files.ts'
import type { OpenLocation } from './open-locations.ts'
import { readWhole } from './read-whole.ts'

/** The bytes cannot be had from where they are, or are not what they were. Tells the source from the target. */
export class SourceBroken extends Error {
  override readonly cause: BlobFailure

  constructor(cause: BlobFailure) {
    super(cause.message, { cause })
    this.name = 'SourceBroken'
    this.cause = cause
  }

  /** Whether this is about the one file; otherwise the whole location cannot be read. */
  get ofOne(): boolean {
    return ['not-found', 'corrupt'].includes(this.cause.trouble)
  }
}

export interface Copy {
  readonly file: LocatedFile
  readonly from: OpenLocation
  readonly to: OpenLocation
  readonly signal: AbortSignal
}

/** Answers the copy, which is the caller's to name in a row or to give back. Fails with SourceBroken or FileStoreUnavailable. */
export function copyFile(keeper: KeepBytes, { file, from, to, signal }: Copy): Promise<KeptBytes> {
  const { sizeBytes, sha256, mimeType } = file
  const options = { sizeBytes, sha256, signal, ...(mimeType !== null && { contentType: mimeType }) }
  return keeper.keepAt(to, purposeOf(file.kind), bytesOf(file, from, signal), options, (kept) => prove(kept, to, signal))
}

async function* bytesOf(file: LocatedFile, { store }: OpenLocation, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    // What is promised to the target is judged there as well, but a wrong byte would look like a fault of the target.
    const hash = createHash('sha256')
    let seen = 0
    for await (const chunk of (await store.get(file.storageKey, { signal })) as AsyncIterable<Uint8Array>) {
      seen += chunk.byteLength
      hash.update(chunk)
      if (seen === file.sizeBytes && hash.copy().digest('hex') !== file.sha256)
        throw new BlobFailure('corrupt', 'the bytes of the object are not those that were stored')
      yield chunk
    }
    if (seen !== file.sizeBytes) throw new BlobFailure('corrupt', `the object has ${seen} bytes instead of ${file.sizeBytes}`)
  } catch (error) {
    throw error instanceof BlobFailure && error.trouble !== 'aborted' ? new SourceBroken(error) : error
  }
}

async function prove(kept: KeptBytes, { store }: OpenLocation, signal: AbortSignal): Promise<void> {
  const told = await store.head(kept.storageKey)
  if (told?.sizeBytes !== kept.sizeBytes) throw new BlobFailure('corrupt', 'the store does not have as many bytes as it was given')
  const found = await readWhole(store, kept.storageKey, signal)
  if (found.sizeBytes !== kept.sizeBytes || found.sha256 !== kept.sha256)
    throw new BlobFailure('corrupt', 'the store does not have the bytes that it was given')
}
