/** Proves that a store can do what it is for: an object is written, found, read and removed. */
import { randomBytes, randomUUID } from 'node:crypto'
import { BlobFailure, type BlobStore } from '@vitrine/domain/ports/blob-store'

export async function probe(store: BlobStore): Promise<void> {
  const key = `check-${randomUUID()}`
  const bytes = randomBytes(1024)
  try {
    await store.put(
      key,
      (async function* () {
        yield bytes
      })(),
      { sizeBytes: bytes.length },
    )
    const facts = await store.head(key)
    const chunks: Buffer[] = []
    for await (const chunk of await store.get(key)) chunks.push(chunk as Buffer)
    if (facts?.sizeBytes !== bytes.length || !Buffer.concat(chunks).equals(bytes))
      throw new BlobFailure('corrupt', 'the store answers other bytes than those it was given')
  } finally {
    await store.remove([key])
  }
}
