/**
 * Open connections that follow the event log of one instance. Each is watched: it ends when its token stops counting, when the
 * client takes its events too slowly, and when the server stops. The events come from one follower, shared by all.
 */
import { fail } from '@vitrine/domain/errors'
import { eventDocument, type EventDocument, type EventView } from '@vitrine/domain/events/event-document'
import type { EventFollower } from '@vitrine/domain/events/event-follower'
import type { EventLog } from '@vitrine/domain/events/event-log'
import type { Caller } from '@vitrine/domain/people/caller'
import type { Sessions } from '@vitrine/domain/people/sessions'

export type Ending = 'gone' | 'token' | 'slow' | 'stopping'

export interface EventStreamPorts {
  readonly follower: EventFollower
  readonly log: EventLog
  readonly sessions: Sessions
  /** How often a token is asked for again, and whether the other side is still there. */
  readonly checkMs?: number | undefined
  readonly mostStreams?: number | undefined
}

export interface Listener {
  readonly caller: Caller
  readonly token: string
  readonly from: number
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal
}

const CHECK_MS = 25_000
/** Of one instance on one server. */
const MOST_STREAMS = 1000

export class EventStreams {
  readonly checkMs: number
  readonly #ports: EventStreamPorts
  readonly #most: number
  #open = 0

  constructor(ports: EventStreamPorts) {
    this.#ports = ports
    this.checkMs = ports.checkMs ?? CHECK_MS
    this.#most = ports.mostStreams ?? MOST_STREAMS
  }

  get open(): number {
    return this.#open
  }

  /** Asked while a refusal can still be answered. */
  demandRoom(): void {
    if (this.#open >= this.#most) fail('TooManyRequests', { retryafter: 60 })
  }

  /** Has to be ended by whoever opens it. */
  subscribe(listener: Listener): EventSubscription {
    this.#open++
    return new EventSubscription(this.#ports, listener, this.checkMs, () => void this.#open--)
  }
}

export class EventSubscription {
  readonly #ports: EventStreamPorts
  readonly #listener: Listener
  readonly #over = new AbortController()
  readonly #onEnd: () => void
  readonly #watch: NodeJS.Timeout
  #view: EventView
  #ending: Ending = 'gone'

  constructor(ports: EventStreamPorts, listener: Listener, checkMs: number, onEnd: () => void) {
    this.#ports = ports
    this.#listener = listener
    this.#onEnd = onEnd
    this.#view = ports.log.viewOf(listener.caller)
    this.#watch = setInterval(() => void this.#check(), checkMs)
    const { stopping } = listener
    if (stopping.aborted) this.end('stopping')
    else stopping.addEventListener('abort', () => this.end('stopping'), { once: true, signal: this.#over.signal })
  }

  /** Aborted at the end. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  get ending(): Ending {
    return this.#ending
  }

  /** Only the first end counts. */
  end(ending: Ending): void {
    if (this.#over.signal.aborted) return
    this.#ending = ending
    clearInterval(this.#watch)
    this.#over.abort()
    this.#onEnd()
  }

  async *events(): AsyncGenerator<readonly EventDocument[], void, undefined> {
    const found = this.#ports.follower.follow(this.#listener.from, this.#over.signal, () => this.end('slow'))
    for await (const events of found) yield events.map((event) => eventDocument(event, this.#view))
  }

  /** Rights change as well; a database that is out of reach for a moment decides nothing. */
  async #check(): Promise<void> {
    try {
      const caller = await this.#ports.sessions.resolve(this.#listener.token)
      if (caller) this.#view = this.#ports.log.viewOf(caller)
      else this.end('token')
    } catch {
      // Asked again at the next turn; whoever can still read the log has a database to read it from.
    }
  }
}
