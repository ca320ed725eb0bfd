/** The event log of one instance. */
import type { EventFilter, EventListing, EventQuery, EventsAfter, EventStore, StoredEvent } from '@vitrine/domain/events/event-store'
import type { Trail } from '@vitrine/domain/events/new-event'
import { insertTrail } from './events-insert.ts'
import { numberEvents } from './events-number.ts'
import { conditionOf, countEvents, EVENT_COLUMNS, eventPages } from './events-query.ts'
import type { TenantDatabase } from './tenant-database.ts'

/** Removed in one transaction; a whole log can be far too much for one. */
const REMOVED_AT_ONCE = 10_000

export class PostgresEvents implements EventStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  async write(trail: Trail): Promise<void> {
    await this.#db.write((sql) => insertTrail(sql, this.#db.instanceId, trail))
  }

  newest(): Promise<number> {
    return numberEvents(this.#db)
  }

  async after(from: number, limit: number): Promise<EventsAfter> {
    const newest = await numberEvents(this.#db)
    if (newest <= from) return { events: [], upTo: from }
    const events = await this.#db.read(
      (sql) => sql<StoredEvent[]>`
        select ${sql.unsafe(EVENT_COLUMNS)} from event e
        where e.instance_id = ${this.#db.instanceId} and e.id > ${from} and e.pollable order by e.id limit ${limit}`,
    )
    const last = events.at(-1)?.id ?? from
    return { events, upTo: events.length < limit ? Math.max(newest, last) : last }
  }

  async byId(id: number): Promise<StoredEvent | null> {
    await numberEvents(this.#db)
    const [event] = await this.#db.read(
      (sql) => sql<StoredEvent[]>`select ${sql.unsafe(EVENT_COLUMNS)} from event e where e.instance_id = ${this.#db.instanceId} and e.id = ${id}`,
    )
    return event ?? null
  }

  async add(trail: Trail): Promise<StoredEvent[]> {
    const places = await this.#db.write((sql) => insertTrail(sql, this.#db.instanceId, trail))
    await numberEvents(this.#db)
    return this.#db.read(
      (sql) => sql<StoredEvent[]>`
        select ${sql.unsafe(EVENT_COLUMNS)} from event e
        where e.instance_id = ${this.#db.instanceId} and e.seq = any(${places}::bigint[]) and e.id is not null order by e.seq`,
    )
  }

  async list(query: EventQuery): Promise<EventListing> {
    const newest = await numberEvents(this.#db)
    return { count: await countEvents(this.#db, query.filter, newest), pages: eventPages(this.#db, query, newest) }
  }

  async remove(id: number): Promise<boolean> {
    await numberEvents(this.#db)
    const removed = await this.#db.write((sql) => sql`delete from event where instance_id = ${this.#db.instanceId} and event.id = ${id}`)
    return removed.count === 1
  }

  async removeMatching(filter: EventFilter, limit: number | null): Promise<void> {
    const newest = await numberEvents(this.#db)
    const instanceId = this.#db.instanceId
    for (let left = limit ?? Number.POSITIVE_INFINITY; left > 0;) {
      const size = Math.min(left, REMOVED_AT_ONCE)
      // Two removals at once take the rows in the same order; what the other one has removed is passed over.
      const removed = await this.#db.write(
        (sql) => sql`
          delete from event where instance_id = ${instanceId} and seq = any(array(
            select e.seq from event e where ${conditionOf(sql, instanceId, filter, newest)} order by e.id limit ${size} for update))`,
      )
      if (removed.count < size) return
      left -= removed.count
    }
  }
}
