/** Adding jobs. They are there when the transaction that they were added in is, and belong to its instance. */
import type { AnyJob } from '@vitrine/domain/jobs'
import type { MailMessage } from '@vitrine/domain/ports/mail'
import type { JobWriter } from '@vitrine/domain/ports/queue'
import { uuidV7 } from '@vitrine/domain/instances/uuid-v7'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

/** To be called in the transaction of the change that the jobs follow from. Executed where it is called. */
export async function enqueueJobs(sql: TenantSql, jobs: readonly AnyJob[]): Promise<void> {
  if (jobs.length > 0) await sql`select vitrine_enqueue(${sql.json(jobs as never)}::jsonb)`.execute()
}

/** Removes what the instance has left in the queue; nobody is to see it who reads the tables of the queue. */
export function forgetJobs(db: TenantDatabase): Promise<void> {
  return db.write(async (sql) => void (await sql`select vitrine_forget_jobs()`))
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

/** A mail before it has an id. */
export type Mail = Omit<MailMessage, 'id'>

/** For the transaction of the change that the mails tell of. */
export function queueMails(sql: TenantSql, mails: readonly Mail[]): Promise<void> {
  return enqueueJobs(
    sql,
    mails.map((mail): AnyJob => ({ name: 'mail-send', payload: { mail: { ...mail, id: uuidV7() } } })),
  )
}
