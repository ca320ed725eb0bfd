/** Workflow rules of one instance. */
import type { Transition, TransitionDocument, TransitionStore } from '@vitrine/domain/transitions/transition-store'
import { raiseConfigRevision } from './config-revision.ts'
import type { TenantDatabase } from './tenant-database.ts'

export class PostgresTransitions implements TransitionStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  async all(): Promise<Transition[]> {
    const rows = await this.#db.read(
      (sql) =>
        sql<
          { id: number; data: TransitionDocument }[]
        >`select id::float8 as id, data from transition where instance_id = ${this.#db.instanceId} order by position`,
    )
    return rows.map(({ id, data }) => ({ ...data, _id: id }))
  }

  async tagIds(): Promise<ReadonlySet<number>> {
    const rows = await this.#db.read((sql) => sql<{ id: number }[]>`select id::float8 as id from tag where instance_id = ${this.#db.instanceId}`)
    return new Set(rows.map(({ id }) => id))
  }

  async replace(rules: readonly Transition[]): Promise<void> {
    const instance = this.#db.instanceId
    const rows = rules.map(({ _id, ...data }, position) => ({ id: _id, position, data }))
    await this.#db.write(async (sql) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`transitions of ${instance}`}, 0))`
      await sql`delete from transition where instance_id = ${instance}`
      await sql`
        insert into transition (instance_id, id, position, data)
        select ${instance}, r.id, r.position, r.data from jsonb_to_recordset(${sql.json(rows as never)}::jsonb) as r(id bigint, position int, data jsonb)`
      await raiseConfigRevision(sql, instance)
    })
  }
}
