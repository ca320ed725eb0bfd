/** Waiting that ends at once when somebody has given up, whether or not what is waited for can be told so. */
import { BlobFailure } from '@vitrine/domain/ports/blob-store'

export const abortFailure = (signal: AbortSignal | undefined): BlobFailure => new BlobFailure('aborted', 'given up by the caller', signal?.reason)

/**
 * Settles like `work`, or fails with `aborted` as soon as the signal says so. The work itself goes on then; whoever started it
 * has to end it. The listener goes with the work, because one signal may live through millions of chunks.
 */
export function orAbort<T>(work: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(abortFailure(signal))
    const settled = () => signal?.removeEventListener('abort', abort)
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    work.then(
      (value) => (settled(), resolve(value)),
      (error: unknown) => (settled(), reject(error as Error)),
    )
  })
}
