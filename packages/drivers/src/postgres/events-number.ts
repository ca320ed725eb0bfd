/**
 * Numbers of events. Whoever follows the log asks for what comes after the last number it has seen, so a number must never
 * become visible once a higher one has been: with numbers given while writing, a transaction that takes 7 and ends late would
 * show it to followers that went past it with 8.
 *
 * So events are written without a number, and whoever reads gives numbers out first, in a transaction of its own:
 * 1. It locks the row of the counter. Only one at a time gives numbers out, and because the lock is let go of after the
 *    numbers of the one before are visible, every reader sees the numbers in the order in which they were given.
 * 2. Only then, in a statement that sees all that is committed by now, it numbers the events that have none, in the order they
 *    were written, from the counter on. What commits later is not seen and gets a higher number another time.
 * 3. Numbers and counter become visible at once, with its commit. A crash before that leaves everything as it was.
 * A snapshot that shows a number therefore shows all lower ones that exist, for ever. The counter, and not the highest number
 * in the table, says what comes next, so that a number that was removed is not given again.
 */
import type { TenantDatabase } from './tenant-database.ts'

const COUNTER = 'event_number'
/** Numbers given in one transaction; after a long time without readers there may be many to give. */
const BATCH = 5000

interface State {
  readonly pending: boolean
  readonly newest: number
}

/** Gives numbers to all events that are committed by now; answers the highest number there is. */
export async function numberEvents(db: TenantDatabase): Promise<number> {
  const id = db.instanceId
  for (;;) {
    const [{ pending, newest }] = await db.read(
      (sql) => sql<[State]>`
        select exists (select from event where instance_id = ${id} and event.id is null) as pending,
               coalesce((select next - 1 from counter where instance_id = ${id} and name = ${COUNTER}), 0)::float8 as newest`,
    )
    if (!pending) return newest
    await numberBatch(db)
  }
}

/** Three statements that travel together; each of them sees what was committed when it began. */
async function numberBatch(db: TenantDatabase): Promise<void> {
  const id = db.instanceId
  await db.write((sql) =>
    Promise.all([
      sql`insert into counter (instance_id, name, next) values (${id}, ${COUNTER}, 1) on conflict do nothing`,
      sql`select 1 from counter where instance_id = ${id} and name = ${COUNTER} for update`,
      sql`
        with pending as (
          select seq, row_number() over (order by seq) - 1 as n
          from (select seq from event where instance_id = ${id} and event.id is null order by seq limit ${BATCH}) unnumbered
        ), numbered as (
          update event e set id = c.next + p.n
          from pending p, (select next from counter where instance_id = ${id} and name = ${COUNTER}) c
          where e.instance_id = ${id} and e.seq = p.seq returning 1
        )
        update counter set next = next + (select count(*) from numbered) where instance_id = ${id} and name = ${COUNTER}`,
    ]),
  )
}
