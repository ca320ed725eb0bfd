/**
 * The database as one instance sees it. The setting that row-level security compares with travels pipelined with the first
 * statement, so it costs no round trip of its own.
 */
import { sql } from 'drizzle-orm'
import type { ReservedSql, Sql } from 'postgres'
import type { Orm } from './database.ts'
import { isTransient, translated } from './failures.ts'

/** A connection inside a transaction or a read; statements given to it run in the order they are started. */
export type TenantSql = ReservedSql
export type OrmTransaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

const ATTEMPTS = 6
const BACKOFF_MS = 15

export class TenantDatabase {
  readonly instanceId: string
  readonly #records: Sql
  readonly #orm: Orm

  constructor(instanceId: string, records: Sql, orm: Orm) {
    this.instanceId = instanceId
    this.#records = records
    this.#orm = orm
  }

  /** Statements without a transaction: each sees its own snapshot. */
  async read<T>(run: (sql: TenantSql) => Promise<T>): Promise<T> {
    const connection = await this.#reserve()
    try {
      const named = connection`select set_config('app.instance_id', ${this.instanceId}, false)`.execute()
      const [result] = await Promise.all([run(connection), named])
      return result
    } catch (error) {
      throw translated(error)
    } finally {
      connection.release()
    }
  }

  /**
   * One transaction. A deadlock or serialization failure runs it again, so `run` must do nothing outside the database;
   * when it keeps losing, the caller gets DatabaseLockError.
   */
  async write<T>(run: (sql: TenantSql) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transaction(run)
      } catch (error) {
        if (!isTransient(error) || attempt === ATTEMPTS) throw translated(error)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * BACKOFF_MS * 2 ** attempt))
      }
    }
  }

  /** One transaction through drizzle, for plain queries off the hot paths. */
  async orm<T>(run: (db: OrmTransaction) => Promise<T>): Promise<T> {
    try {
      return await this.#orm.transaction(async (tx) => {
        await tx.execute(sql`select set_config('app.instance_id', ${this.instanceId}, true)`)
        return run(tx)
      })
    } catch (error) {
      throw translated(error)
    }
  }

  async #transaction<T>(run: (sql: TenantSql) => Promise<T>): Promise<T> {
    const connection = await this.#reserve()
    try {
      const begun = connection.unsafe('begin').execute()
      const named = connection`select set_config('app.instance_id', ${this.instanceId}, true)`.execute()
      const [result] = await Promise.all([run(connection), begun, named])
      await connection.unsafe('commit')
      return result
    } catch (error) {
      // When the connection itself is gone there is nothing to roll back, and the first error is the one to tell.
      await connection.unsafe('rollback').catch(() => undefined)
      throw error
    } finally {
      connection.release()
    }
  }

  async #reserve(): Promise<ReservedSql> {
    try {
      return await this.#records.reserve()
    } catch (error) {
      throw translated(error)
    }
  }
}
