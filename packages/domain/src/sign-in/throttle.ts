/**
 * Guessing passwords is made slow. Failures count for a login from one address, and, with a higher limit, for a login from
 * anywhere, so that many addresses do not help a guesser and one address cannot lock a stranger's account at once.
 *
 * A right password is worth nothing during a block. Attempts at the same login from the same address run one after the
 * other, and whether there is a block is asked again after the password has been verified, so that guesses sent at the same
 * moment get no further than guesses sent one by one; several servers can exceed the limit by one attempt each.
 */
import { createHash } from 'node:crypto'
import { fail } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { FailureStore, SubjectLimit } from './failure-store.ts'

export interface ThrottleLimits {
  /** Failures of one login from one address; 0 turns throttling off. */
  readonly attempts: number
  readonly blockMinutes: number
}

export const DEFAULT_LIMITS: ThrottleLimits = { attempts: 10, blockMinutes: 5 }
const FROM_ANYWHERE = 10
const LONGEST_QUEUE = 64

export class Throttle {
  readonly #store: FailureStore
  readonly #clock: Clock
  readonly #limits: ThrottleLimits
  readonly #queues = new Map<string, { last: Promise<unknown>; length: number }>()

  constructor(store: FailureStore, clock: Clock, limits: ThrottleLimits = DEFAULT_LIMITS) {
    this.#store = store
    this.#clock = clock
    this.#limits = limits
  }

  /** Runs an attempt; true counts as success, false as failure. Fails with TooManyRequests while the subject is blocked. */
  async attempt(login: string, address: string, run: () => Promise<boolean>): Promise<boolean> {
    if (this.#limits.attempts === 0) return run()
    const limits = this.#subjects(login, address)
    return this.#inTurn(limits[0].subject, () => this.#judged(limits, run))
  }

  async #judged(limits: readonly SubjectLimit[], run: () => Promise<boolean>): Promise<boolean> {
    const subjects = limits.map((limit) => limit.subject)
    this.#refuseWhile(await this.#store.blockedUntil(subjects, this.#clock()))
    if (await run()) {
      this.#refuseWhile(await this.#store.forget(subjects, this.#clock()))
      return true
    }
    await this.#store.record(limits, this.#clock(), this.#limits.blockMinutes * 60_000)
    return false
  }

  #refuseWhile(until: Date | null): void {
    if (until) fail('TooManyRequests', { retryafter: Math.max(1, Math.ceil((until.getTime() - this.#clock().getTime()) / 1000)) })
  }

  async #inTurn(subject: string, run: () => Promise<boolean>): Promise<boolean> {
    const queue = this.#queues.get(subject) ?? { last: Promise.resolve(), length: 0 }
    if (queue.length >= LONGEST_QUEUE) fail('TooManyRequests', { retryafter: 2 })
    const mine = queue.last.then(run, run)
    queue.last = mine
    queue.length++
    this.#queues.set(subject, queue)
    try {
      return await mine
    } finally {
      if (--queue.length === 0) this.#queues.delete(subject)
    }
  }

  #subjects(login: string, address: string): readonly [SubjectLimit, SubjectLimit] {
    const { attempts } = this.#limits
    return [
      { subject: subjectOf('address', address, login.toLowerCase()), attempts },
      { subject: subjectOf('login', login.toLowerCase()), attempts: attempts * FROM_ANYWHERE },
    ]
  }
}

/** People type passwords into the wrong field: what was typed is kept only as a digest. */
const subjectOf = (kind: string, ...parts: string[]) => `${kind}:${createHash('sha256').update(parts.join('\n')).digest('base64url')}`
