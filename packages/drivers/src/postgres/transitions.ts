/** Workflow rules of one instance. */
import type { Transition, TransitionDocument, TransitionStore, TransitionTransaction } from '@vitrine/domain/transitions/transition-store'
import { raiseConfigRevision } from './config-revision.ts'
import { recorderOf } from './events-insert.ts'
import { readRuleTargets } from './rule-targets.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

export class PostgresTransitions implements TransitionStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  all(): Promise<Transition[]> {
    return this.#db.read((sql) => readAll(sql, this.#db.instanceId))
  }

  change<T>(work: (transaction: TransitionTransaction) => Promise<T>): Promise<T> {
    const instance = this.#db.instanceId
    return this.#db.write(async (sql) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`transitions of ${instance}`}, 0))`
      return work({
        ...recorderOf(sql, instance),
        all: () => readAll(sql, instance),
        targets: () => readRuleTargets(sql, instance),
        replace: (rules) => replace(sql, instance, rules),
      })
    })
  }
}

async function readAll(sql: TenantSql, instance: string): Promise<Transition[]> {
  const rows = await sql<{ id: number; data: TransitionDocument }[]>`
    select id::float8 as id, data from transition where instance_id = ${instance} order by position`
  return rows.map(({ id, data }) => ({ ...data, _id: id }))
}

async function replace(sql: TenantSql, instance: string, rules: readonly Transition[]): Promise<void> {
  const rows = rules.map(({ _id, ...data }, position) => ({ id: _id, position, data }))
  await sql`delete from transition where instance_id = ${instance}`
  await sql`
    insert into transition (instance_id, id, position, data)
    select ${instance}, r.id, r.position, r.data from jsonb_to_recordset(${sql.json(rows as never)}::jsonb) as r(id bigint, position int, data jsonb)`
  await raiseConfigRevision(sql, instance)
}
