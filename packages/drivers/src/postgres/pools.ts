/** Pools of one instance. `data` holds the fields of the pool by their names, and under `_settings` what stands around them. */
import { fail } from '@vitrine/domain/errors'
import { shortnameKey, type Pool, type PoolFields, type PoolSettings } from '@vitrine/domain/pools/pool'
import type { PoolStore, PoolTransaction } from '@vitrine/domain/pools/pool-store'
import { raiseConfigRevision } from './config-revision.ts'
import { recorderOf } from './events-insert.ts'
import { violatedConstraint } from './failures.ts'
import { readRuleTargets } from './rule-targets.ts'
import { sharedGroundOn } from './shared-ground.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

interface Row {
  id: number
  version: number
  parentId: number | null
  reference: string | null
  isSystem: boolean
  data: PoolFields & { readonly _settings?: PoolSettings }
  createdAt: Date
  updatedAt: Date
}

export class PostgresPools implements PoolStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  all(): Promise<Pool[]> {
    return this.#db.read((sql) => readAll(sql, this.#db.instanceId))
  }

  async change<T>(work: (pools: readonly Pool[], transaction: PoolTransaction) => Promise<T>): Promise<T> {
    const instance = this.#db.instanceId
    try {
      return await this.#db.write(async (sql) => {
        await lockPools(sql, instance)
        return work(await readAll(sql, instance), transactionOf(sql, instance))
      })
    } catch (error) {
      const violated = violatedConstraint(error)
      if (violated?.code === '23505') fail('DatabaseUniqueKeyViolation', { name: violated.name.replace('pool_', '') }, { cause: error })
      throw error
    }
  }
}

/** Row locks would not do: two moves that touch different pools can make a circle together. */
export async function lockPools(sql: TenantSql, instance: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`pools of ${instance}`}, 0))`
}

async function readAll(sql: TenantSql, instance: string): Promise<Pool[]> {
  const rows = await sql<Row[]>`
    select id::float8 as id, version, parent_id::float8 as "parentId", reference, is_system as "isSystem", data,
           created_at as "createdAt", updated_at as "updatedAt"
    from pool where instance_id = ${instance} order by pool.id`
  return rows.map(({ data: { _settings = {}, ...fields }, ...row }) => ({ ...row, fields, settings: _settings }))
}

const transactionOf = (sql: TenantSql, instance: string): PoolTransaction => ({
  ...recorderOf(sql, instance),
  ...sharedGroundOn(sql, instance),
  targets: () => readRuleTargets(sql, instance),
  async save(pools) {
    const rows = pools.map(({ fields, settings, ...pool }) => ({
      ...pool,
      shortname: shortnameKey({ fields }),
      data: { ...fields, _settings: settings },
    }))
    await sql`
      insert into pool (instance_id, id, version, parent_id, reference, shortname, is_system, data, created_at, updated_at)
      select ${instance}, r.id, r.version, r."parentId", r.reference, r.shortname, r."isSystem", r.data, r."createdAt", r."updatedAt"
      from jsonb_to_recordset(${sql.json(rows as never)}::jsonb) as r(
        id bigint, version int, "parentId" bigint, reference text, shortname text, "isSystem" boolean, data jsonb, "createdAt" timestamptz, "updatedAt" timestamptz)
      on conflict (instance_id, id) do update set version = excluded.version, parent_id = excluded.parent_id,
        reference = excluded.reference, shortname = excluded.shortname, data = excluded.data, updated_at = excluded.updated_at`
    await raiseConfigRevision(sql, instance)
  },
  async recordsIn(ids) {
    // Whoever saves a record keeps its pool from going away, so this waits for saves under way and stops new ones.
    await sql`select 1 from pool where instance_id = ${instance} and id = any(${[...ids]}::bigint[]) order by id for update`
    const rows = await sql<{ id: number; count: number }[]>`
      select pool_id::float8 as id, count(*)::float8 as count from record
      where instance_id = ${instance} and pool_id = any(${[...ids]}::bigint[]) and deleted_at is null group by pool_id order by pool_id`
    return new Map(rows.map(({ id, count }) => [id, count]))
  },
  async remove(ids) {
    await sql`delete from pool where instance_id = ${instance} and id = any(${[...ids]}::bigint[])`
    await raiseConfigRevision(sql, instance)
  },
})
