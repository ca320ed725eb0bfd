/** Reads an object from its first byte to its last, to say what it is; memory holds a piece of it at a time. */
import { createHash } from 'node:crypto'
import type { BlobStore, StoredBlob } from '../ports/blob-store.ts'

/** Fails with BlobFailure. */
export async function readWhole(store: BlobStore, key: string, signal: AbortSignal): Promise<StoredBlob> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of (await store.get(key, { signal })) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength
    hash.update(chunk)
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}
