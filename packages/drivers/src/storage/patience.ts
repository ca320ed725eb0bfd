/**
 * How long a store that answers over a network is waited for, and how often it is asked again. Only what may be done twice goes
 * through `retrying`: reading, removing, and parts of a body that are still at hand.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { abortFailure, orAbort } from './abort.ts'

export interface RetryOptions {
  /** All of them, the first included. */
  readonly tries: number
  /** Before the second try; each later pause is twice as long, and up to a half is left to chance, so that not all come at once. */
  readonly firstPauseMs: number
  readonly signal?: AbortSignal | undefined
}

/** Runs it until it succeeds or fails in a way that will not pass, `tries` times at most; then fails as it did last. */
export async function retrying<T>(work: (attempt: number) => Promise<T>, { tries, firstPauseMs, signal }: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (signal?.aborted) throw abortFailure(signal)
      return await work(attempt)
    } catch (error) {
      if (!(error instanceof BlobFailure) || !error.retryable || attempt >= tries) throw error
      const pauseMs = firstPauseMs * 2 ** (attempt - 1) * (1 - Math.random() / 2)
      await orAbort(sleep(pauseMs, undefined, signal && { signal }), signal)
    }
  }
}

/**
 * Runs it with a signal that is given when the caller gives up (then it fails with `aborted`) or the time is over (`unavailable`).
 * It fails at that moment, whether or not the work heeds its signal.
 */
export async function withinTime<T>(timeMs: number, caller: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController()
  const abort = () => own.abort(abortFailure(caller))
  const timer = setTimeout(() => own.abort(new BlobFailure('unavailable', `the store has not answered within ${timeMs} ms`)), timeMs)
  caller?.addEventListener('abort', abort, { once: true })
  if (caller?.aborted) abort()
  try {
    return await orAbort(work(own.signal), own.signal)
  } catch (error) {
    throw own.signal.aborted ? own.signal.reason : error
  } finally {
    clearTimeout(timer)
    caller?.removeEventListener('abort', abort)
  }
}
