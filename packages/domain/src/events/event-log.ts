/**
 * The event log of an instance: reading on from a number, searching, adding and removing. Nothing is thrown away by age yet;
 * that is for the janitor, who will do it group by group.
 */
import { fail } from '../errors.ts'
import { holds, type Caller } from '../people/caller.ts'
import { eventDocument, type EventDocument, type EventView } from './event-document.ts'
import { eventOfDraft, type EventDraft } from './event-draft.ts'
import type { EventFilter, EventListing, EventQuery, EventStore } from './event-store.ts'

const MOST_POLLED = 1000

export class EventLog {
  readonly #store: EventStore
  readonly #databaseName: string

  constructor(store: EventStore, databaseName: string) {
    this.#store = store
    this.#databaseName = databaseName
  }

  viewOf(caller: Caller): EventView {
    return { databaseName: this.#databaseName, whole: holds(caller.systemRights, 'system.api.event[get]') }
  }

  newest(): Promise<number> {
    return this.#store.newest()
  }

  async poll(caller: Caller, from: number, limit: number): Promise<EventDocument[]> {
    const { events } = await this.#store.after(from, limit < 1 || limit > MOST_POLLED ? MOST_POLLED : limit)
    const view = this.viewOf(caller)
    return events.map((event) => eventDocument(event, view))
  }

  async read(caller: Caller, id: number): Promise<EventDocument> {
    const event = (await this.#store.byId(id)) ?? fail('EventNotFound', { event: id })
    return eventDocument(event, this.viewOf(caller))
  }

  list(query: EventQuery): Promise<EventListing> {
    return this.#store.list(query)
  }

  /** Adds all or none and answers them with their numbers; in the background, adds them and answers nothing. */
  async add(
    caller: Caller,
    drafts: readonly EventDraft[],
    options: { readonly background: boolean; readonly skipConstraints: boolean },
  ): Promise<EventDocument[]> {
    const trail = { events: drafts.map((draft) => eventOfDraft(draft, caller, options.skipConstraints)), actor: caller }
    if (options.background) {
      await this.#store.write(trail)
      return []
    }
    const view = this.viewOf(caller)
    return (await this.#store.add(trail)).map((event) => eventDocument(event, view))
  }

  async remove(id: number): Promise<void> {
    if (!(await this.#store.remove(id))) fail('EventNotFound', { event: id })
  }

  removeMatching(filter: EventFilter, limit: number | null): Promise<void> {
    return this.#store.removeMatching(filter, limit)
  }
}
