/** Jobs of one instance that were laid aside, through the functions that the queue opens for tenants. */
import type { FailedJob, FailedJobStore } from '@vitrine/domain/ports/queue'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

type Row = Omit<FailedJob, 'createdAt' | 'failedAt'> & { readonly createdAt: string; readonly failedAt: string }

export class PostgresFailedJobs implements FailedJobStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  async list({ queue, limit, offset }: { queue: string | null; limit: number; offset: number }): Promise<{ count: number; jobs: FailedJob[] }> {
    const [row] = await this.#db.read(
      (sql) => sql<[{ found: { count: number; jobs: Row[] } }]>`select vitrine_failed_jobs(${queue}, ${limit}, ${offset}) as found`,
    )
    const { count, jobs } = row.found
    return { count, jobs: jobs.map((job) => ({ ...job, createdAt: new Date(job.createdAt), failedAt: new Date(job.failedAt) })) }
  }

  requeue(id: string): Promise<boolean> {
    return this.#moved((sql) => sql<[{ done: boolean }]>`select vitrine_requeue_failed_job(${id}) as done`)
  }

  remove(id: string): Promise<boolean> {
    return this.#moved((sql) => sql<[{ done: boolean }]>`select vitrine_remove_failed_job(${id}) as done`)
  }

  async #moved(statement: (sql: TenantSql) => Promise<[{ done: boolean }]>): Promise<boolean> {
    const [{ done }] = await this.#db.write(statement)
    return done
  }
}
