/** Failed sign-ins, counted in the database so that all servers see the same number. */
import type { FailureStore, SubjectLimit } from '@vitrine/domain/sign-in/failure-store'
import type { TenantDatabase } from './tenant-database.ts'

const MOST_REMOVED = 500

export class PostgresSignInFailures implements FailureStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  blockedUntil(subjects: readonly string[], now: Date): Promise<Date | null> {
    return this.#db.read(async (sql) => {
      const [row] = await sql<[{ until: Date | null }]>`
        select max(blocked_until) as until from sign_in_failure
        where instance_id = ${this.#db.instanceId} and subject = any(${[...subjects]}) and blocked_until > ${now}`
      return row.until
    })
  }

  async record(limits: readonly SubjectLimit[], now: Date, blockMs: number): Promise<void> {
    const until = new Date(now.getTime() + blockMs)
    const windowStart = new Date(now.getTime() - blockMs)
    // Rows are locked in one order, or two servers that count the same subjects could wait for each other.
    const rows = limits.toSorted((a, b) => (a.subject < b.subject ? -1 : 1))
    await this.#db.write(async (sql) => {
      await sql`
        insert into sign_in_failure as f (instance_id, subject, failures, first_at, blocked_until)
        select ${this.#db.instanceId}, l.subject, 1, ${now}, case when l.attempts <= 1 then ${until}::timestamptz end
        from jsonb_to_recordset(${sql.json(rows as never)}) as l(subject text, attempts int)
        on conflict (instance_id, subject) do update set
          failures = case when f.first_at <= ${windowStart} or f.blocked_until <= ${now} then 1 else f.failures + 1 end,
          first_at = case when f.first_at <= ${windowStart} or f.blocked_until <= ${now} then excluded.first_at else f.first_at end`
      await sql`
        update sign_in_failure f set blocked_until = case when f.failures >= l.attempts then ${until}::timestamptz end
        from jsonb_to_recordset(${sql.json(rows as never)}) as l(subject text, attempts int)
        where f.instance_id = ${this.#db.instanceId} and f.subject = l.subject and (f.blocked_until is null or f.blocked_until <= ${now})`
      // What would begin anew at the next failure need not be kept: whoever makes up logins leaves no heap behind. Rows that
      // others are counting in are passed over, or two servers could wait for each other after all.
      await sql`
        delete from sign_in_failure where instance_id = ${this.#db.instanceId} and subject = any(array(
          select subject from sign_in_failure
          where instance_id = ${this.#db.instanceId} and first_at <= ${windowStart} and coalesce(blocked_until, first_at) <= ${now}
          limit ${MOST_REMOVED} for update skip locked))`
    })
  }

  forget(subjects: readonly string[], now: Date): Promise<Date | null> {
    return this.#db.write(async (sql) => {
      const [row] = await sql<[{ until: Date | null }]>`
        with blocked as (
          select max(blocked_until) as until from sign_in_failure
          where instance_id = ${this.#db.instanceId} and subject = any(${[...subjects]}) and blocked_until > ${now}
        ), forgotten as (
          delete from sign_in_failure where instance_id = ${this.#db.instanceId} and subject = any(${[...subjects]}) and (select until from blocked) is null
        )
        select until from blocked`
      return row.until
    })
  }
}
