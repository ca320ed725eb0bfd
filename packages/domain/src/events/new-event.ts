/** What happened, as whoever did it tells the event log: in the same transaction as the change itself. */
import type { EventType } from './event-types.ts'

export interface NewEvent {
  /** A type of the register in `event-types.ts`. */
  readonly type: EventType
  /** Kind of the thing it happened to; `object` for records. */
  readonly basetype?: string
  readonly objecttype?: string
  readonly objectId?: number
  readonly objectVersion?: number
  readonly systemObjectId?: number
  readonly globalObjectId?: string
  readonly schemaVersion?: number
  /** Where there is no actor whose address is known. */
  readonly remoteAddr?: string
  readonly info?: Readonly<Record<string, unknown>>
}

/** Who did it; null for the server itself. */
export interface EventActor {
  readonly userId: number
  readonly displayname: string
  /** Network address the request came from, where it is known. A caller is an actor as it is. */
  readonly remoteAddr?: string | undefined
}

/** What a transaction tells of itself; nobody hears of it unless it ends well. */
export interface EventRecorder {
  recordEvents(events: readonly NewEvent[], actor: EventActor | null): Promise<void>
}

/** The events of one change and who made it, for stores that store the change in one call. */
export interface Trail {
  readonly events: readonly NewEvent[]
  readonly actor: EventActor | null
}

/** For changes that nobody is told of. */
export const NO_TRAIL: Trail = { events: [], actor: null }

/** For a store that keeps to itself how it writes: the events come into the log in a transaction of their own. */
export interface EventWriter {
  write(trail: Trail): Promise<void>
}
