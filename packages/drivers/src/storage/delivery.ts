/**
 * What comes from a store over a network on its way to the reader: held against the length that was told, ended when nothing
 * more comes, and with every failure in the words of the port.
 */
import { Readable } from 'node:stream'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { withinTime } from './patience.ts'

export interface DeliveryOptions {
  readonly sizeBytes: number
  /** The longest wait for the next bytes while somebody wants them. A slow reader is no fault of the store. */
  readonly stallMs: number
  readonly signal?: AbortSignal | undefined
  /** What a failure of the source means. BlobFailures come through here, too. */
  readonly failure: (error: unknown) => BlobFailure
}

export function delivered(source: Readable, options: DeliveryOptions): Readable {
  // It may fail before somebody reads, and after everybody has left.
  source.on('error', () => undefined)
  const stream = Readable.from(chunksOf(source, options), { objectMode: false })
  // A generator that waits for bytes does not notice that it has been left.
  const leave = () => void source.destroy()
  stream.once('close', leave)
  const abort = () => void stream.destroy(new BlobFailure('aborted', 'given up by the caller', options.signal?.reason))
  options.signal?.addEventListener('abort', abort, { once: true })
  stream.once('close', () => options.signal?.removeEventListener('abort', abort))
  if (options.signal?.aborted) abort()
  return stream
}

async function* chunksOf(source: Readable, { sizeBytes, stallMs, signal, failure }: DeliveryOptions): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]()
  let seen = 0
  try {
    for (;;) {
      const step = await withinTime(stallMs, signal, () => chunks.next())
      if (step.done) break
      seen += step.value.byteLength
      if (seen > sizeBytes) throw new BlobFailure('corrupt', `the store sends more than the ${sizeBytes} bytes it has told of`)
      yield step.value
    }
    if (seen < sizeBytes) throw new BlobFailure('corrupt', `the store has sent ${seen} of the ${sizeBytes} bytes it has told of`)
  } catch (error) {
    throw error instanceof BlobFailure && error.trouble === 'aborted' ? error : failure(error)
  } finally {
    source.destroy()
  }
}
