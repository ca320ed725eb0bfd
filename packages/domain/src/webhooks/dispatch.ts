/**
 * Hands events to webhooks. Every webhook follows the event log by number: the number it has come to moves on in the
 * transaction that adds its messages, so that a crash or a second server makes neither gaps nor doubles. One round follows the
 * other as a job, for as long as there are webhooks.
 */
import { eventDocument } from '../events/event-document.ts'
import type { EventsAfter, StoredEvent } from '../events/event-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { StoredWebhook } from './webhook.ts'
import type { NewDelivery, WebhookStore } from './webhook-store.ts'

export interface FollowedEvents {
  after(from: number, limit: number): Promise<EventsAfter>
}

export interface DispatchPorts {
  readonly store: Pick<WebhookStore, 'furthestBehind' | 'handOut' | 'forget'>
  readonly events: FollowedEvents
  readonly clock: Clock
  /** Name of the database in global ids of records. */
  readonly databaseName: string
}

const BATCH = 500
/** Between two rounds; longer the longer nothing has happened. */
const PAUSES_SECONDS: readonly number[] = [1, 1, 2, 3, 5]
const KEPT_MS = 30 * 86_400_000

export class WebhookDispatcher {
  readonly #ports: DispatchPorts

  constructor(ports: DispatchPorts) {
    this.#ports = ports
  }

  /** `idle` counts the rounds before this one that had nothing to do. */
  async round(idle: number): Promise<void> {
    const { store, events, clock } = this.#ports
    const from = await store.furthestBehind()
    const found = from === undefined ? { events: [], upTo: 0 } : await events.after(from, BATCH)
    const busy = found.events.length > 0
    const still = busy ? 0 : Math.min(idle + 1, PAUSES_SECONDS.length - 1)
    await store.handOut({
      from: from ?? 0,
      upTo: found.upTo,
      wanted: (webhook) => this.#messagesFor(webhook, found.events),
      next: { idle: still, delaySeconds: found.events.length === BATCH ? 0 : (PAUSES_SECONDS[still] ?? 1) },
    })
    if (!busy && idle === 0) await store.forget(new Date(clock().getTime() - KEPT_MS))
  }

  #messagesFor(webhook: StoredWebhook, events: readonly StoredEvent[]): NewDelivery[] {
    return events
      .filter((event) => event.id > webhook.cursor && isWanted(webhook, event))
      .map((event) => ({ eventId: event.id, payload: eventDocument(event, { databaseName: this.#ports.databaseName, whole: false }) }))
  }
}

function isWanted({ data: { event_types: types = [], objecttypes = [] } }: StoredWebhook, { type, objecttype }: StoredEvent): boolean {
  return (types.length === 0 || types.includes(type)) && (objecttypes.length === 0 || (objecttype !== null && objecttypes.includes(objecttype)))
}
