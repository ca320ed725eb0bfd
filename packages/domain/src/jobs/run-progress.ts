/**
 * What one run of a job tells of its progress. It may tell as often as it likes: what is stored is the first word, then no more than
 * one a second, and the last. A job that never tells anything costs nothing and has no entry.
 */
import type { Clock } from '../ports/clock.ts'
import type { Counts, JobProgressStore, ProgressState } from './progress-store.ts'

/** How long a job may go on without hearing of a wish to stop, and others without hearing of its progress. */
const EVERY_MS = 1000
const LONGEST_NOTE = 1000

export interface TellsProgress {
  /** How much is done of how much; of what is told in quick succession only the newest is kept. */
  progress(done: number, total?: number | null, note?: string | null): Promise<void>
  /** Whether somebody wants the job to stop. It is to leave everything in order, and to return. */
  wantsStop(): Promise<boolean>
}

export class RunProgress implements TellsProgress {
  readonly #store: JobProgressStore
  readonly #clock: Clock
  readonly #entry: readonly [kind: string, subject: string]
  #counts: Counts | null = null
  #toldMs = -Infinity
  #askedMs = -Infinity
  #stop = false

  constructor({ store, clock }: { store: JobProgressStore; clock: Clock }, kind: string, subject: string) {
    this.#store = store
    this.#clock = clock
    this.#entry = [kind, subject]
  }

  async progress(done: number, total: number | null = null, note: string | null = null): Promise<void> {
    this.#counts = { done, total, note: note?.slice(0, LONGEST_NOTE) ?? null }
    const nowMs = this.#clock().getTime()
    if (nowMs - this.#toldMs < EVERY_MS) return
    this.#toldMs = nowMs
    await this.#heard(this.#store.report(...this.#entry, this.#counts))
  }

  async wantsStop(): Promise<boolean> {
    const nowMs = this.#clock().getTime()
    if (!this.#stop && nowMs - this.#askedMs >= EVERY_MS) await this.#heard(this.#store.stopWanted(...this.#entry))
    return this.#stop
  }

  /** To be called when the run is over: it has returned, or it has failed and may be tried again or not. */
  async end(how: 'returned' | 'failed' | 'tried-again'): Promise<void> {
    if (this.#counts === null && this.#askedMs === -Infinity) return
    const complete = this.#counts !== null && this.#counts.done === this.#counts.total
    const states: Record<typeof how, Exclude<ProgressState, 'running'>> = {
      returned: this.#stop && !complete ? 'stopped' : 'done',
      failed: 'failed',
      'tried-again': 'waiting',
    }
    await this.#store.end(...this.#entry, states[how], this.#counts)
  }

  async #heard(wanted: Promise<boolean>): Promise<void> {
    this.#askedMs = this.#clock().getTime()
    if (await wanted) this.#stop = true
  }
}
