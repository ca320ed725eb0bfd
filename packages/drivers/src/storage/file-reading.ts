/**
 * A file as a stream, in large chunks: each costs a trip to the disk's threads and one to the socket, and a chunk waits while the
 * one before is sent. The usual 64 KiB cost three times as much time of the processor for a large file.
 */
import { type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { BlobFailure, type GivingStream } from '@vitrine/domain/ports/blob-store'
import { fileFailure } from './file-failures.ts'

export interface Reading {
  readonly handle: FileHandle
  readonly start: number
  readonly length: number
  readonly chunkBytes: number
  readonly signal?: AbortSignal | undefined
}

/** A short file as a stream that holds all of it: nothing is left to do for its reader, and nothing can go wrong later. Closes the handle. */
export async function readAtOnce({ handle, start, length }: Reading): Promise<Readable> {
  const buffer = Buffer.allocUnsafeSlow(length)
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, start + filled)
    if (bytesRead === 0) throw endsEarly(start + filled, start + length)
    filled += bytesRead
  }
  await handle.close()
  const stream = Object.assign(new Readable({ read: () => undefined, highWaterMark: length }), { givesChunks: true })
  if (length > 0) stream.push(buffer)
  stream.push(null)
  return stream
}

const endsEarly = (at: number, end: number) => new BlobFailure('corrupt', `the object has ended at byte ${at} instead of ${end}`)

/**
 * Closes the handle at its end, however that comes. A file that ends too early is `corrupt`. Each chunk has its memory to itself,
 * so that a reader who is done with one may give that back at once.
 */
export class FileReading extends Readable implements GivingStream {
  readonly givesChunks = true
  readonly #reading: Reading
  readonly #end: number
  #position: number
  #underWay: Promise<void> = Promise.resolve()
  readonly #abort = () => void this.destroy(new BlobFailure('aborted', 'given up by the caller', this.#reading.signal?.reason))

  constructor(reading: Reading) {
    super({ highWaterMark: reading.chunkBytes })
    this.#reading = reading
    this.#position = reading.start
    this.#end = reading.start + reading.length
    reading.signal?.addEventListener('abort', this.#abort, { once: true })
  }

  override _read(): void {
    if (this.#position >= this.#end) this.push(null)
    else this.#underWay = this.#next().catch((error: unknown) => void this.destroy(fileFailure(error)))
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#reading.signal?.removeEventListener('abort', this.#abort)
    void this.#close(error, done)
  }

  /** The number of a closed handle may be another file's by the time a read under way gets to it. */
  async #close(error: Error | null, done: (error: Error | null) => void): Promise<void> {
    let failure = error
    try {
      await this.#underWay
      await this.#reading.handle.close()
    } catch (closing) {
      failure ??= fileFailure(closing)
    }
    done(failure)
  }

  async #next(): Promise<void> {
    const length = Math.min(this.#reading.chunkBytes, this.#end - this.#position)
    const buffer = Buffer.allocUnsafeSlow(length)
    const { bytesRead } = await this.#reading.handle.read(buffer, 0, length, this.#position)
    if (bytesRead === 0) throw endsEarly(this.#position, this.#end)
    this.#position += bytesRead
    this.push(bytesRead === length ? buffer : buffer.subarray(0, bytesRead))
  }
}
