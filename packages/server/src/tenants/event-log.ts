/** The event log of one instance and those who follow it, built from its store. */
import { EventFollower } from '@vitrine/domain/events/event-follower'
import { EventLog } from '@vitrine/domain/events/event-log'
import type { EventStore } from '@vitrine/domain/events/event-store'
import type { Sessions } from '@vitrine/domain/people/sessions'
import { EventStreams } from '../events/event-streams.ts'
import type { Logger } from '../log.ts'

export interface EventPorts {
  readonly store: EventStore
  readonly databaseName: string
  readonly sessions: Sessions
  readonly log: Logger
  /** How often open connections are looked after; the usual time without it. */
  readonly streamCheckMs?: number | undefined
}

export interface Events {
  readonly events: EventLog
  readonly eventStreams: EventStreams
}

export function eventsOf({ store, databaseName, sessions, log, streamCheckMs }: EventPorts): Events {
  const events = new EventLog(store, databaseName)
  const follower = new EventFollower(store, { onError: (err) => log.warn({ err, instance: databaseName }, 'the event log cannot be read') })
  return { events, eventStreams: new EventStreams({ follower, log: events, sessions, checkMs: streamCheckMs }) }
}
