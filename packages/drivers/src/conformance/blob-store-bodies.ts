/** Bodies, and ways to look at what a store answers, for the tests that every store passes. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { BlobFailure, type BlobFacts, type BlobStore, type BlobTrouble } from '@vitrine/domain/ports/blob-store'

/** Bytes that repeat only after 4 GiB, so that parts in the wrong order or twice are seen. */
export function bytesOf(length: number, from = 0): Buffer {
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE((((from + at) / 4) * 2_654_435_761) % 4_294_967_296, at)
  return bytes.subarray(0, length)
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** In chunks of uneven lengths that fit to no boundary, an empty one among them. */
export async function* bodyOf(bytes: Uint8Array, chunkBytes = 60_001): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(0)
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

/** Some bytes, and then this error. */
export async function* failingBody(bytes: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield* bodyOf(bytes)
  throw error
}

/** Some bytes, and then nothing ever; `reached` settles when it is waiting. */
export function endlessBody(bytes: Uint8Array): { readonly body: Readable; readonly reached: Promise<void> } {
  const reached = Promise.withResolvers<void>()
  const chunks = bodyOf(bytes)
  const body = new Readable({
    read() {
      chunks.next().then(
        ({ value, done }) => (done ? reached.resolve() : this.push(value) || undefined),
        (error: Error) => void this.destroy(error),
      )
    },
  })
  return { body, reached: reached.promise }
}

export async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export async function listed(store: BlobStore, prefix: string, options: { after?: string; signal?: AbortSignal } = {}): Promise<BlobFacts[]> {
  const found: BlobFacts[] = []
  for await (const facts of store.list(prefix, options)) found.push(facts)
  return found
}

export const keysIn = async (store: BlobStore, prefix = '', options: { after?: string } = {}): Promise<string[]> =>
  (await listed(store, prefix, options)).map(({ key }) => key)

/** How it fails, as the port says it; anything else than a BlobFailure is a fault of the store, and thrown. */
export async function troubleOf(work: Promise<unknown>): Promise<BlobTrouble> {
  const failure: unknown = await work.then(
    (value) => new Error(`it did not fail but answered ${String(value)}`),
    (error: unknown) => error,
  )
  if (!(failure instanceof BlobFailure)) throw failure
  if (failure.retryable !== (failure.trouble === 'unavailable')) throw failure
  return failure.trouble
}

let collect: (() => void) | undefined
/** Bytes held by buffers after a collection of garbage, so that only what somebody keeps is counted. */
export function heldBytes(): number {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  // The first finds what nobody keeps; only the second is sure to count without it.
  for (let n = 0; n < 2; n++) collect()
  return process.memoryUsage().arrayBuffers
}
