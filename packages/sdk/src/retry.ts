/**
 * Which failures are worth another try. The rule: a request is sent again only when that cannot do something twice.
 * Reads may always be repeated. A write is repeated when the server said that it did not begin (429, 503
 * ServiceUnavailable) or that the identical request is safe (423 DatabaseLockError) — never after a network error or
 * a time-out, because then nobody knows whether it was carried out.
 */
export type Outcome =
  | { readonly kind: 'network' }
  | { readonly kind: 'answer'; readonly status: number; readonly code: string | undefined; readonly retryAfter: string | null }

export interface RetryPolicy {
  /** Attempts altogether; 1 means never again. */
  readonly attempts: number
  /** Upper end of the first wait; it doubles with every attempt. */
  readonly baseMs: number
  /** No wait is longer; a server that asks for more is not asked again. */
  readonly maxMs: number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** A number from 0 to 1, so that clients that failed together do not come back together. */
  readonly random: () => number
  readonly now: () => number
}

/** Settles after the time has passed; fails with the signal's reason when that comes first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, baseMs: 250, maxMs: 30_000, sleep, random: Math.random, now: Date.now }

const READS = new Set(['GET', 'HEAD'])

export function mayRepeat(method: string, outcome: Outcome): boolean {
  const read = READS.has(method.toUpperCase())
  if (outcome.kind === 'network') return read
  if (outcome.status === 429) return true
  if (outcome.status === 423) return outcome.code === 'DatabaseLockError'
  // 503 is also the status of a request that ran out of time, and such a write may have been carried out after all.
  return outcome.status === 503 && (read || outcome.code === 'ServiceUnavailable')
}

/** How long to wait before the next attempt; undefined when there is none. `attempt` counts those already made. */
export function waitBefore(attempt: number, method: string, outcome: Outcome, policy: RetryPolicy): number | undefined {
  if (attempt >= policy.attempts || !mayRepeat(method, outcome)) return undefined
  const wanted = outcome.kind === 'answer' ? retryAfterMs(outcome.retryAfter, policy.now()) : undefined
  if (wanted !== undefined && wanted > policy.maxMs) return undefined
  const backoff = Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1))
  // Half of the wait is fixed, so that a low draw does not turn into a busy loop.
  return (wanted ?? 0) + backoff * (0.5 + policy.random() / 2)
}

/** The header holds seconds or a date. */
function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
