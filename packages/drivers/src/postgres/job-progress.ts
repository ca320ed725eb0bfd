/** How far long work in the background of one instance is. */
import type { Counts, JobProgressStore, ProgressState, StoredProgress } from '@vitrine/domain/jobs/progress-store'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

const COLUMNS = `kind, subject, state, done::float8 as done, total::float8 as total, note, stop_wanted as "stopWanted", started_at as "startedAt",
  updated_at as "updatedAt", finished_at as "finishedAt"`

/** For the transaction that adds a job, so that its progress can be watched and ended before it has begun. */
export async function announceProgress(sql: TenantSql, instanceId: string, kind: string, subject: string): Promise<void> {
  await sql`
    insert into job_progress as p (instance_id, kind, subject, state) values (${instanceId}, ${kind}, ${subject}, 'waiting')
    on conflict (instance_id, kind, subject) do update set state = 'waiting', done = 0, total = null, note = null, stop_wanted = false,
      started_at = null, updated_at = now(), finished_at = null
    where p.finished_at is not null`
}

export class PostgresJobProgress implements JobProgressStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  list({ kind, limit, offset }: { kind: string | null; limit: number; offset: number }): Promise<{ count: number; entries: StoredProgress[] }> {
    return this.#db.read(async (sql) => {
      const matching = sql`instance_id = ${this.#db.instanceId} and (${kind}::text is null or kind = ${kind})`
      const [[{ count }], entries] = await Promise.all([
        sql<[{ count: number }]>`select count(*)::float8 as count from job_progress where ${matching}`,
        sql<StoredProgress[]>`
          select ${sql.unsafe(COLUMNS)} from job_progress where ${matching}
          order by updated_at desc, kind, subject limit ${limit} offset ${offset}`,
      ])
      return { count, entries: [...entries] }
    })
  }

  async report(kind: string, subject: string, { done, total, note }: Counts): Promise<boolean> {
    const [row] = await this.#db.write(
      (sql) => sql<[{ wanted: boolean }]>`
        insert into job_progress as p (instance_id, kind, subject, state, done, total, note, started_at)
        values (${this.#db.instanceId}, ${kind}, ${subject}, 'running', ${done}, ${total}, ${note}, now())
        on conflict (instance_id, kind, subject) do update set state = 'running', done = excluded.done, total = excluded.total,
          note = excluded.note, stop_wanted = p.stop_wanted and p.finished_at is null,
          started_at = case when p.finished_at is null and p.started_at is not null then p.started_at else now() end,
          updated_at = now(), finished_at = null
        returning stop_wanted as wanted`,
    )
    return row.wanted
  }

  async end(kind: string, subject: string, state: Exclude<ProgressState, 'running'>, counts: Counts | null): Promise<void> {
    await this.#db.write(
      (sql) => sql`
        update job_progress set state = ${state}, updated_at = now(), finished_at = ${state === 'waiting' ? null : sql`now()`},
          started_at = coalesce(started_at, now())
          ${counts ? sql`, done = ${counts.done}, total = ${counts.total}, note = ${counts.note}` : sql``}
        where instance_id = ${this.#db.instanceId} and kind = ${kind} and subject = ${subject}`,
    )
  }

  async askToStop(kind: string, subject: string): Promise<boolean> {
    const asked = await this.#db.write(
      (sql) => sql`
        update job_progress set stop_wanted = true
        where instance_id = ${this.#db.instanceId} and kind = ${kind} and subject = ${subject} and finished_at is null`,
    )
    return asked.count === 1
  }

  async stopWanted(kind: string, subject: string): Promise<boolean> {
    const [row] = await this.#db.read(
      (sql) => sql<{ wanted: boolean }[]>`
        select stop_wanted as wanted from job_progress
        where instance_id = ${this.#db.instanceId} and kind = ${kind} and subject = ${subject} and finished_at is null`,
    )
    return row?.wanted ?? false
  }
}
