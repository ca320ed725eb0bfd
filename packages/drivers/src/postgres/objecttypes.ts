/** Settings of object types. Saves run one after the other, as rows that do not exist yet cannot be locked. */
import type { ObjecttypeSettings } from '@vitrine/domain/objecttypes/objecttype'
import type { ObjecttypeStore, ObjecttypeTransaction } from '@vitrine/domain/objecttypes/objecttype-store'
import { raiseConfigRevision } from './config-revision.ts'
import { recorderOf } from './events-insert.ts'
import { readRuleTargets } from './rule-targets.ts'
import { sharedGroundOn } from './shared-ground.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

export class PostgresObjecttypes implements ObjecttypeStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  all(): Promise<readonly ObjecttypeSettings[]> {
    return this.#db.read((sql) => readAll(sql, this.#db.instanceId))
  }

  change<T>(work: (transaction: ObjecttypeTransaction) => Promise<T>): Promise<T> {
    const instance = this.#db.instanceId
    return this.#db.write(async (sql) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`objecttypes of ${instance}`}, 0))`
      return work({
        ...recorderOf(sql, instance),
        ...sharedGroundOn(sql, instance),
        all: () => readAll(sql, instance),
        targets: () => readRuleTargets(sql, instance),
        async save(settings) {
          await sql`
            insert into objecttype_setting (instance_id, table_id, version, data)
            select ${instance}, s."tableId", s.version, s.data
            from jsonb_to_recordset(${sql.json(settings as never)}::jsonb) as s("tableId" int, version int, data jsonb)
            on conflict (instance_id, table_id) do update set version = excluded.version, data = excluded.data`
          await raiseConfigRevision(sql, instance)
        },
      })
    })
  }
}

const readAll = (sql: TenantSql, instance: string): Promise<ObjecttypeSettings[]> =>
  sql<ObjecttypeSettings[]>`select table_id as "tableId", version, data from objecttype_setting where instance_id = ${instance} order by table_id`
