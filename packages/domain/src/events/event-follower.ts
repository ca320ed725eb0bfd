/**
 * Follows the log of an instance for everybody here who listens: one loop asks the store, however many they are, and there is
 * none while nobody listens. The store is asked again and again rather than told, because a notification at every commit would
 * make all writers of a database wait for each other; several servers need not know of each other either.
 *
 * A listener reads by itself until it has come as far as the loop, at its own pace, and takes what the loop finds from there
 * on. What it has not taken yet waits for it, up to a limit; whoever is slower than that is let go.
 */
import type { EventsAfter, StoredEvent } from './event-store.ts'

export interface FollowedLog {
  after(from: number, limit: number): Promise<EventsAfter>
}

export interface FollowerOptions {
  /** Between two questions while there is something new; grows while there is not. */
  readonly shortestMs?: number
  readonly longestMs?: number
  /** Events that may wait for one listener. */
  readonly mostWaiting?: number
  readonly onError?: (error: unknown) => void
}

const PAGE = 1000
const DEFAULTS = { shortestMs: 200, longestMs: 1000, mostWaiting: 5000, onError: () => undefined }

/** What waits for one listener. */
class Inbox {
  readonly #from: number
  readonly #most: number
  readonly #onOverflow: () => void
  #waiting: StoredEvent[] = []
  #wake: () => void = () => undefined

  constructor(from: number, most: number, onOverflow: () => void) {
    this.#from = from
    this.#most = most
    this.#onOverflow = onOverflow
  }

  put(events: readonly StoredEvent[]): void {
    const mine = events.filter(({ id }) => id > this.#from)
    if (mine.length === 0) return
    if (this.#waiting.length + mine.length > this.#most) return this.#onOverflow()
    this.#waiting.push(...mine)
    this.#wake()
  }

  /** Empty only when the signal is aborted. */
  async take(signal: AbortSignal): Promise<readonly StoredEvent[]> {
    while (this.#waiting.length === 0 && !signal.aborted) await this.#changed(signal)
    const taken = this.#waiting
    this.#waiting = []
    return taken
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#wake = wake
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}

export class EventFollower {
  readonly #log: FollowedLog
  readonly #options: Required<FollowerOptions>
  readonly #inboxes = new Set<Inbox>()
  /** From the first listener until the loop has noticed that there is none any more. */
  #running = false
  /** Up to here the loop has read. */
  #cursor = 0
  #endPause: () => void = () => undefined

  constructor(log: FollowedLog, options: FollowerOptions = {}) {
    this.#log = log
    this.#options = { ...DEFAULTS, ...options }
  }

  get listeners(): number {
    return this.#inboxes.size
  }

  /**
   * The pollable events after a number, for as long as the signal is not aborted. `onSlow` is called when more events wait than
   * may; it has to abort the signal, as there is a gap from then on.
   */
  async *follow(from: number, signal: AbortSignal, onSlow: () => void): AsyncGenerator<readonly StoredEvent[], void, undefined> {
    let at = from
    for (let caughtUp = false; !signal.aborted && !(caughtUp && this.#mayJoinAt(at));) {
      const { events, upTo } = await this.#log.after(at, PAGE)
      if (events.length > 0) yield events
      at = upTo
      caughtUp = events.length < PAGE
    }
    if (signal.aborted) return
    const inbox = this.#join(at, onSlow)
    try {
      for (;;) {
        const events = await inbox.take(signal)
        if (signal.aborted) return
        yield events
      }
    } finally {
      this.#inboxes.delete(inbox)
      if (this.#inboxes.size === 0) this.#endPause()
    }
  }

  /** Nothing may lie between what a listener has read and what the loop reads next. */
  #mayJoinAt(at: number): boolean {
    return !this.#running || this.#cursor <= at
  }

  /** Happens in one go with the question before it: nothing can come between. */
  #join(at: number, onSlow: () => void): Inbox {
    const inbox = new Inbox(at, this.#options.mostWaiting, onSlow)
    this.#inboxes.add(inbox)
    if (!this.#running) {
      this.#running = true
      this.#cursor = at
      void this.#run()
    }
    return inbox
  }

  async #run(): Promise<void> {
    let pause = this.#options.shortestMs
    while (this.#inboxes.size > 0) {
      const found = await this.#look()
      pause = found > 0 ? this.#options.shortestMs : Math.min(pause * 1.5, this.#options.longestMs)
      if (found < PAGE && this.#inboxes.size > 0) await this.#pause(pause)
    }
    this.#running = false
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#endPause = () => (clearTimeout(timer), resolve())
    })
  }

  /** How many events there were. The log may be out of reach for a while: then it is asked again. */
  async #look(): Promise<number> {
    try {
      const { events, upTo } = await this.#log.after(this.#cursor, PAGE)
      this.#cursor = upTo
      for (const inbox of this.#inboxes) inbox.put(events)
      return events.length
    } catch (error) {
      if (this.#inboxes.size > 0) this.#options.onError(error)
      return 0
    }
  }
}
