/**
 * A body on its way into a store: counted, hashed and held against what was promised. Every driver stores through this, so that
 * "corrupt", "aborted" and "the body's own error" mean the same everywhere.
 *
 * Each chunk is handed on only when the next one, or the end, has come, and the end is checked before the last chunk goes out. So
 * a store that takes an object as complete once it has seen the announced number of bytes never sees the last of a wrong one.
 */
import { createHash } from 'node:crypto'
import { BlobFailure, type PutOptions, type StoredBlob } from '@vitrine/domain/ports/blob-store'
import { abortFailure, orAbort } from './abort.ts'

/** Chunks must not be written to again by their source once they are handed over, as with every stream of Node. */
export type Body = AsyncIterable<Uint8Array>

interface StreamLike {
  on(event: 'error', listener: () => void): unknown
  destroy(): unknown
}
const isStream = (body: object): body is StreamLike => 'destroy' in body && typeof body.destroy === 'function' && 'on' in body

export class CountedBody implements AsyncIterable<Uint8Array> {
  readonly #body: Body
  readonly #options: PutOptions
  readonly #hash = createHash('sha256')
  #iterator: AsyncIterator<Uint8Array> | null = null
  #sizeBytes = 0
  #stored: StoredBlob | null = null
  #failure: { readonly error: unknown } | null = null

  constructor(body: Body, options: PutOptions) {
    this.#body = body
    this.#options = options
    // A stream that fails before anybody reads it, or after it was left, would end the process; whoever reads it is told anyway.
    if (isStream(body)) body.on('error', () => undefined)
  }

  /** What has made the reading fail: the body's own error, `aborted`, or `corrupt`. Null while nothing has. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure
  }

  /** Null until the body has been read to its end, and was as promised. */
  get stored(): StoredBlob | null {
    return this.#stored
  }

  /** Can be read once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    let held: Uint8Array | null = null
    for (let chunk = await this.#next(); chunk; chunk = await this.#next()) {
      if (held) yield held
      held = chunk
    }
    if (held) yield held
  }

  /** Ends the source, read or not. Does nothing to one that has ended. */
  release(): void {
    if (this.#stored) return
    if (isStream(this.#body)) this.#body.destroy()
    // A generator that waits for something that never comes never answers, and what it says at its end changes nothing any more.
    else void this.#iterator?.return?.().then(undefined, () => undefined)
  }

  async #next(): Promise<Uint8Array | null> {
    try {
      this.#iterator ??= this.#body[Symbol.asyncIterator]()
      for (;;) {
        const step = await orAbort(this.#iterator.next(), this.#options.signal)
        if (step.done) break
        if (step.value.byteLength === 0) continue
        this.#take(step.value)
        return step.value
      }
      this.#stored = this.#judge()
      return null
    } catch (error) {
      this.#failure = { error: this.#options.signal?.aborted ? abortFailure(this.#options.signal) : error }
      throw this.#failure.error
    }
  }

  #take(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.byteLength
    const { sizeBytes } = this.#options
    if (sizeBytes !== undefined && this.#sizeBytes > sizeBytes) throw new BlobFailure('corrupt', `more than the promised ${sizeBytes} bytes came`)
    this.#hash.update(chunk)
  }

  #judge(): StoredBlob {
    const stored = { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest('hex') }
    const { sizeBytes, sha256 } = this.#options
    if (sizeBytes !== undefined && sizeBytes !== stored.sizeBytes)
      throw new BlobFailure('corrupt', `${stored.sizeBytes} bytes came instead of the promised ${sizeBytes}`)
    if (sha256 !== undefined && sha256.toLowerCase() !== stored.sha256)
      throw new BlobFailure('corrupt', `the SHA-256 of the bytes is ${stored.sha256}, not the promised ${sha256}`)
    return stored
  }
}

export interface StoringOptions extends PutOptions {
  /** What a failure of the store itself means. BlobFailures come through here, too. */
  readonly failure: (error: unknown) => BlobFailure
}

/**
 * Runs `store` on the counted body and says what went wrong first: the body's own error before the one that a client has made of
 * it. `store` reads the body to its end and leaves nothing visible when it fails; the body is released in any case.
 */
export async function storing(body: Body, options: StoringOptions, store: (body: CountedBody) => Promise<unknown>): Promise<StoredBlob> {
  const counted = new CountedBody(body, options)
  try {
    if (options.signal?.aborted) throw abortFailure(options.signal)
    await store(counted)
    // A client that takes a body which broke off for one that has ended has stored something else.
    if (!counted.stored) throw new BlobFailure('unavailable', 'the store ended before the body did')
    return counted.stored
  } catch (error) {
    if (counted.failure) throw counted.failure.error
    throw options.signal?.aborted ? abortFailure(options.signal) : options.failure(error)
  } finally {
    counted.release()
  }
}
