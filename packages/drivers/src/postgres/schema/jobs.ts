/** What work in the background tells of itself. The jobs are kept by the queue, in a schema of its own. */
import { sql } from 'drizzle-orm'
import { bigint, boolean, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instanceId, time } from './columns.ts'

/** One row for each kind of work and what it is about, kept after the work is done. */
export const jobProgress = pgTable(
  'job_progress',
  {
    instanceId: instanceId(),
    /** Name of the job. */
    kind: text('kind').notNull(),
    /** Its key. */
    subject: text('subject').notNull(),
    /** `waiting`, `running`, `done`, `failed` or `stopped`. */
    state: text('state').notNull(),
    done: bigint('done', { mode: 'number' }).notNull().default(0),
    total: bigint('total', { mode: 'number' }),
    note: text('note'),
    stopWanted: boolean('stop_wanted').notNull().default(false),
    startedAt: time('started_at'),
    updatedAt: time('updated_at')
      .notNull()
      .default(sql`now()`),
    finishedAt: time('finished_at'),
  },
  (t) => [primaryKey({ columns: [t.instanceId, t.kind, t.subject] })],
)
