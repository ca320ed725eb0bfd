/**
 * Marks of records that break rules, and the list of what is still to be judged: one row of `setting`, which commits and walks
 * lock first of all. So no walk judges by rules that a commit is about to change.
 */
import type { HeldValue, MarkedRecord, Unjudged, ViolationStore, ViolationTransaction } from '@vitrine/domain/datamodel/violation-store'
import type { UniqueRow } from '@vitrine/domain/objects/write-store'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

const NAME = 'datamodel.unjudged'

export async function lockUnjudged(sql: TenantSql, instance: string): Promise<readonly Unjudged[]> {
  const [row] = await sql<{ value: { list: Unjudged[] } }[]>`
    insert into setting as s (instance_id, name, value) values (${instance}, ${NAME}, '{"list":[]}')
    on conflict (instance_id, name) do update set value = s.value returning value`
  return row?.value.list ?? []
}

export async function keepUnjudged(sql: TenantSql, instance: string, list: readonly Unjudged[]): Promise<void> {
  await sql`update setting set value = ${sql.json({ list } as never)}::jsonb where instance_id = ${instance} and name = ${NAME}`
}

export class PostgresViolations implements ViolationStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  transaction<T>(work: (tx: ViolationTransaction) => Promise<T>): Promise<T> {
    const instance = this.#db.instanceId
    return this.#db.write(async (sql) => {
      await lockUnjudged(sql, instance)
      return work(new Transaction(sql, instance))
    })
  }
}

class Transaction implements ViolationTransaction {
  readonly #sql: TenantSql
  readonly #instance: string

  constructor(sql: TenantSql, instance: string) {
    this.#sql = sql
    this.#instance = instance
  }

  async currentVersion(): Promise<number> {
    const [row] = await this.#sql<{ version: number | null }[]>`
      select max(version) as version from datamodel_version where instance_id = ${this.#instance} and committed_at is not null`
    return row?.version ?? 0
  }

  async unjudged(): Promise<readonly Unjudged[]> {
    const [row] = await this.#sql<{ value: { list: Unjudged[] } }[]>`
      select value from setting where instance_id = ${this.#instance} and name = ${NAME}`
    return row?.value.list ?? []
  }

  keep(list: readonly Unjudged[]): Promise<void> {
    return keepUnjudged(this.#sql, this.#instance, list)
  }

  async lockPage({ tableId, after, only }: Unjudged, limit: number): Promise<readonly MarkedRecord[]> {
    // Without statistics, as after an import, the planner would read all records of the type for every page and sort them: the
    // sum keeps it to the primary key.
    const ofType = only === 'marked' ? this.#sql`table_id = ${tableId} and system_tags <> '{}'::text[]` : this.#sql`table_id + 0 = ${tableId}`
    const rows = await this.#sql<(Omit<MarkedRecord, 'tags'> & { tags: string[] })[]>`
      select system_id::float8 as "systemId", parent_id::float8 as "parentId", pool_id::float8 as "poolId", tags, system_tags as "systemTags", content
      from record
      where instance_id = ${this.#instance} and ${ofType} and system_id > ${after} and deleted_at is null
      order by system_id limit ${limit} for no key update`
    return rows.map((row) => ({ ...row, tags: row.tags.map(Number) }))
  }

  async choiceGroups(): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#sql<{ id: number; group: number }[]>`
      select tag.id::float8 as id, tag.group_id::float8 as group from tag
      join tag_group g on g.instance_id = tag.instance_id and g.id = tag.group_id
      where tag.instance_id = ${this.#instance} and g.type = 'choice'`
    return new Map(rows.map(({ id, group }) => [id, group]))
  }

  async claim(rows: readonly UniqueRow[]): Promise<readonly HeldValue[]> {
    if (rows.length === 0) return []
    const sql = this.#sql
    const wanted = sql.json(rows.map(({ key: k, digest: d, fromId: f, rowUuid: r }) => ({ k, d, f, r })))
    await sql`
      insert into record_unique (instance_id, key, value, from_id, row_uuid)
      select ${this.#instance}, k, decode(d, 'hex'), f, r from jsonb_to_recordset(${wanted}) as i(k text, d text, f bigint, r uuid)
      order by k, d, f on conflict do nothing`
    return sql<HeldValue[]>`
      select distinct i.k as key, i.d as digest, u.from_id::float8 as holder
      from jsonb_to_recordset(${wanted}) as i(k text, d text, f bigint)
      cross join lateral (
        select from_id from record_unique where instance_id = ${this.#instance} and key = i.k and value = decode(i.d, 'hex') offset 0
      ) u where u.from_id <> i.f`
  }

  async mark(records: readonly { readonly systemId: number; readonly systemTags: readonly string[] }[]): Promise<void> {
    const sql = this.#sql
    const ids = records.map(({ systemId }) => systemId)
    await sql`
      update record r set system_tags = i.t
      from jsonb_to_recordset(${sql.json(records.map(({ systemId: s, systemTags: t }) => ({ s, t })) as never)}) as i(s bigint, t text[])
      where r.instance_id = ${this.#instance} and r.system_id = i.s and r.system_id = any(${ids}::bigint[])`
  }

  async markHolders(values: readonly (HeldValue & { readonly systemTag: string })[]): Promise<void> {
    const sql = this.#sql
    const ids = [...new Set(values.map(({ holder }) => holder))]
    await sql`
      select 1 from record where instance_id = ${this.#instance} and system_id = any(${ids}::bigint[]) order by system_id for no key update`
    // By now nobody can give a value up, and who has done so before is not marked.
    await sql`
      with held as (
        select u.from_id, array_agg(distinct i.t) as tags
        from jsonb_to_recordset(${sql.json(values.map(({ key: k, digest: d, holder: h, systemTag: t }) => ({ k, d, h, t })))})
          as i(k text, d text, h bigint, t text)
        join record_unique u on u.instance_id = ${this.#instance} and u.key = i.k and u.value = decode(i.d, 'hex') and u.from_id = i.h
        group by u.from_id
      )
      update record r set system_tags = array(select distinct t from unnest(r.system_tags || held.tags) t order by t)
      from held where r.instance_id = ${this.#instance} and r.system_id = held.from_id and r.system_id = any(${ids}::bigint[])
        and not r.system_tags @> held.tags`
  }
}
