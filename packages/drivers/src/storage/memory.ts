/**
 * Objects in memory, for tests of what stores and reads them. It keeps the promises of the port for one process; stores that are
 * given the same place share their objects.
 */
import { Readable } from 'node:stream'
import { BlobFailure, type BlobFacts, type BlobRange, type BlobStore, type PutOptions, type StoredBlob } from '@vitrine/domain/ports/blob-store'
import { abortFailure } from './abort.ts'
import { storing } from './counted-body.ts'
import { compareKeys, wholeKey } from './keys.ts'

export interface MemoryObject {
  readonly bytes: Buffer
  readonly modifiedAt: Date
}
/** Under their whole keys. A test may change or remove what is there, as the world does. */
export type MemoryPlace = Map<string, MemoryObject>

export interface MemoryBlobStoreOptions {
  readonly place?: MemoryPlace
  readonly prefix?: string
  /** Asked before everything; what it throws is what the store answers, to try what others do when a store is down. */
  readonly trouble?: () => void
}

const CHUNK_BYTES = 64 * 1024

export class MemoryBlobStore implements BlobStore {
  readonly signsUrls = false
  readonly #place: MemoryPlace
  readonly #prefix: string
  readonly #trouble: () => void

  constructor({ place = new Map(), prefix = '', trouble = () => undefined }: MemoryBlobStoreOptions = {}) {
    this.#place = place
    this.#prefix = prefix
    this.#trouble = trouble
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredBlob> {
    const failure = (error: unknown) => (error instanceof BlobFailure ? error : new BlobFailure('unavailable', 'memory has failed', error))
    return storing(body, { ...options, failure }, async (counted) => {
      const whole = wholeKey(this.#prefix, key)
      this.#trouble()
      const chunks: Uint8Array[] = []
      for await (const chunk of counted) chunks.push(chunk)
      this.#trouble()
      this.#place.set(whole, { bytes: Buffer.concat(chunks), modifiedAt: new Date() })
    })
  }

  async get(key: string, { range, signal }: { readonly range?: BlobRange; readonly signal?: AbortSignal } = {}): Promise<Readable> {
    const whole = wholeKey(this.#prefix, key)
    if (signal?.aborted) throw abortFailure(signal)
    this.#trouble()
    const object = this.#place.get(whole)
    if (!object) throw new BlobFailure('not-found', `there is no object ${key}`)
    const end = range ? range.start + range.length : object.bytes.length
    if (end > object.bytes.length) throw new BlobFailure('corrupt', `${key} has ${object.bytes.length} bytes, not ${end}`)
    return Readable.from(chunksOf(object.bytes.subarray(range?.start ?? 0, end), signal), { objectMode: false })
  }

  async head(key: string): Promise<BlobFacts | null> {
    const whole = wholeKey(this.#prefix, key)
    this.#trouble()
    const object = this.#place.get(whole)
    return object ? { key, sizeBytes: object.bytes.length, modifiedAt: object.modifiedAt } : null
  }

  async remove(keys: readonly string[]): Promise<void> {
    const wholes = keys.map((key) => wholeKey(this.#prefix, key))
    this.#trouble()
    for (const whole of wholes) this.#place.delete(whole)
  }

  async *list(prefix: string, { after, signal }: { readonly after?: string; readonly signal?: AbortSignal } = {}): AsyncGenerator<BlobFacts> {
    this.#trouble()
    const all = [...this.#place].filter(([whole]) => whole.startsWith(this.#prefix + prefix)).toSorted(([a], [b]) => compareKeys(a, b))
    for (const [whole, object] of all) {
      if (signal?.aborted) throw abortFailure(signal)
      const key = whole.slice(this.#prefix.length)
      if (after === undefined || compareKeys(key, after) > 0) yield { key, sizeBytes: object.bytes.length, modifiedAt: object.modifiedAt }
    }
    if (signal?.aborted) throw abortFailure(signal)
  }

  async signedUrl(): Promise<string> {
    throw new BlobFailure('misconfigured', 'there are no addresses of objects in memory')
  }

  async check(): Promise<void> {
    this.#trouble()
  }

  async tidy(): Promise<void> {
    this.#trouble()
  }

  async close(): Promise<void> {}
}

async function* chunksOf(bytes: Buffer, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    if (signal?.aborted) throw abortFailure(signal)
    // A copy, because whoever reads may write into what it was given.
    yield Buffer.from(bytes.subarray(at, at + CHUNK_BYTES))
  }
  if (signal?.aborted) throw abortFailure(signal)
}
