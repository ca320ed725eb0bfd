/**
 * The database as one instance sees it. The setting that row-level security compares with travels pipelined with the first
 * statement, so it costs no round trip of its own; a session that has it from the last time needs none.
 */
import type { ReservedSql } from 'postgres'
import type { Connections } from './connections.ts'
import { isAftermath, isTransient, translated } from './failures.ts'

/** A connection inside a transaction or a read; statements given to it run in the order they are started. */
export type TenantSql = ReservedSql

const ATTEMPTS = 6
const BACKOFF_MS = 15

export class TenantDatabase {
  readonly instanceId: string
  readonly #records: Connections

  constructor(instanceId: string, records: Connections) {
    this.instanceId = instanceId
    this.#records = records
  }

  /** Statements without a transaction: each sees its own snapshot. */
  async read<T>(run: (sql: TenantSql) => Promise<T>): Promise<T> {
    try {
      return await this.#records.lend(async ({ sql: connection, session }) => {
        if (session.instanceId === this.instanceId) return run(connection)
        session.instanceId = undefined
        const named = connection`select set_config('app.instance_id', ${this.instanceId}, false)`.execute()
        const [result] = await Promise.all([run(connection), named])
        session.instanceId = this.instanceId
        return result
      })
    } catch (error) {
      throw translated(error)
    }
  }

  /**
   * One transaction. A deadlock or serialization failure runs it again, so `run` must do nothing outside the database;
   * when it keeps losing, the caller gets DatabaseLockError. Whichever statement is heard of first, what decides is the one
   * that failed first.
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

  #transaction<T>(run: (sql: TenantSql) => Promise<T>): Promise<T> {
    return this.#records.lend(async (loan) => {
      const connection = loan.sql
      try {
        const begun = connection.unsafe('begin').execute()
        const isNamed = loan.session.instanceId === this.instanceId
        const named = isNamed ? undefined : connection`select set_config('app.instance_id', ${this.instanceId}, true)`.execute()
        const [result] = await Promise.all([run(connection), begun, named])
        loan.end()
        await loan.commit()
        return result
      } catch (error) {
        loan.end()
        // When the connection itself is gone there is nothing to roll back, and the first error is the one to tell.
        await loan.rollback().catch(() => undefined)
        throw isAftermath(error) ? (loan.failure ?? error) : error
      }
    })
  }
}
