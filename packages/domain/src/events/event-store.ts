/** What the storage of the event log has to promise. */
import type { EventWriter, Trail } from './new-event.ts'

export interface StoredEvent {
  readonly id: number
  readonly at: Date
  readonly type: string
  readonly pollable: boolean
  readonly basetype: string | null
  readonly objecttype: string | null
  readonly objectId: number | null
  readonly objectVersion: number | null
  readonly systemObjectId: number | null
  readonly globalObjectId: string | null
  readonly schemaVersion: number | null
  readonly info: Readonly<Record<string, unknown>> | null
  readonly userId: number | null
  readonly userDisplayname: string | null
  readonly remoteAddr: string | null
}

/** Both ends belong to it; an end that is missing is open. */
export interface IdRange {
  readonly from?: number
  readonly to?: number
}

/** What is missing filters nothing; what is there has to match, all of it. */
export interface EventFilter {
  readonly id?: readonly IdRange[] | undefined
  readonly type?: readonly string[] | undefined
  readonly basetype?: readonly string[] | undefined
  readonly objecttype?: readonly string[] | undefined
  readonly userId?: readonly IdRange[] | undefined
  /** Groups whose present members did it. */
  readonly groupId?: readonly IdRange[] | undefined
  readonly userType?: readonly string[] | undefined
  readonly objectId?: readonly IdRange[] | undefined
  readonly systemObjectId?: readonly IdRange[] | undefined
  readonly pollable?: boolean | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

export const EVENT_SORTS = [
  '_id',
  'timestamp',
  'type',
  'pollable',
  'basetype',
  'objecttype',
  'object_id',
  'object_version',
  'system_object_id',
  'user_id',
  'user_generated_displayname',
  'remote_addr',
] as const
export type EventSort = (typeof EVENT_SORTS)[number]

export interface EventQuery {
  readonly filter: EventFilter
  readonly sort: EventSort
  readonly descending: boolean
  readonly offset: number
  /** Most events altogether; null for all. */
  readonly limit: number | null
}

export interface EventListing {
  /** How many match, whatever the limit and the offset. */
  readonly count: number
  /** The events, some at a time; what has been taken is not held any more. */
  readonly pages: AsyncIterable<readonly StoredEvent[]>
}

/** Pollable events after a number. */
export interface EventsAfter {
  readonly events: readonly StoredEvent[]
  /** Up to this number there are no others. */
  readonly upTo: number
}

/** Only events that have a number are ever answered; every method that answers events gives numbers out first. */
export interface EventStore extends EventWriter {
  /** The highest number given so far, to all that has been committed. */
  newest(): Promise<number>
  /** The first `limit` pollable ones after a number, by number. */
  after(from: number, limit: number): Promise<EventsAfter>
  byId(id: number): Promise<StoredEvent | null>
  /** Writes in a transaction of its own and answers the events with their numbers, in the same order. */
  add(trail: Trail): Promise<StoredEvent[]>
  list(query: EventQuery): Promise<EventListing>
  /** False when there is none of that number. */
  remove(id: number): Promise<boolean>
  /** Removes those that match, oldest first; `limit` null for all. */
  removeMatching(filter: EventFilter, limit: number | null): Promise<void>
}
