/** Adding jobs. They are there when the transaction that they were added in is, and belong to its instance. */
import type { AnyJob } from '@vitrine/domain/jobs'
import type { JobWriter } from '@vitrine/domain/ports/queue'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

/** To be called in the transaction of the change that the jobs follow from. Executed where it is called. */
export async function enqueueJobs(sql: TenantSql, jobs: readonly AnyJob[]): Promise<void> {
  if (jobs.length > 0) await sql`select vitrine_enqueue(${sql.json(jobs as never)}::jsonb)`.execute()
}

export class PostgresJobs implements JobWriter<AnyJob> {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  add(jobs: readonly AnyJob[]): Promise<void> {
    return this.#db.write((sql) => enqueueJobs(sql, jobs))
  }
}
