/** The statements of a deletion that change rows, and the contents that they are worked out from. */
import type { Content } from '@vitrine/domain/objects/content'
import type { RestoreRow, TrashRow } from '@vitrine/domain/objects/delete-store'
import type { UniqueRow } from '@vitrine/domain/objects/write-store'
import { PLACEMENT_COLUMNS } from './records-write-rows.ts'
import type { TenantSql } from './tenant-database.ts'

export async function contents(sql: TenantSql, id: string, systemIds: readonly number[]): Promise<ReadonlyMap<number, Content>> {
  const rows = await sql<{ system_id: string; content: Content }[]>`
    select system_id, content from record where instance_id = ${id} and system_id = any(${systemIds as number[]}::bigint[])`.execute()
  return new Map(rows.map((row) => [Number(row.system_id), row.content]))
}

export async function moveToTrash(sql: TenantSql, id: string, records: readonly TrashRow[]): Promise<void> {
  const ids = records.map(({ systemId }) => systemId)
  const rows = records.map((row) => ({ s: row.systemId, v: row.version, by: row.savedBy, cm: row.comment }))
  await Promise.all([
    sql`delete from record_link where instance_id = ${id} and from_id = any(${ids}::bigint[])`.execute(),
    dropUniques(sql, id, ids),
    // Lists of records start from these rows, and the trash is in none of them.
    sql`delete from record_tag where instance_id = ${id} and system_id = any(${ids}::bigint[])`.execute(),
    sql`delete from record_grant where instance_id = ${id} and system_id = any(${ids}::bigint[])`.execute(),
    // The planner does not know how few records come in, and would read the whole table without the list of ids.
    sql`
      with incoming as materialized (
        select * from jsonb_to_recordset(${sql.json(rows)}) as i(s bigint, v int, "by" bigint, cm text)
      ), trashed as (
        update record r set version = v, deleted_at = clock_timestamp()
        from incoming where r.instance_id = ${id} and r.system_id = incoming.s and r.system_id = any(${ids}::bigint[])
      )
      insert into record_version (instance_id, system_id, version, schema_version, operation, saved_at, saved_by, comment, modified_at,
                                  ${sql.unsafe(PLACEMENT_COLUMNS)})
      select r.instance_id, s, v, schema_version, 'DELETE', clock_timestamp(), "by", cm, modified_at, ${sql.unsafe(PLACEMENT_COLUMNS)}
      from incoming join record r on r.instance_id = ${id} and r.system_id = incoming.s
      where r.system_id = any(${ids}::bigint[])`.execute(),
  ])
}

export async function dropParents(sql: TenantSql, id: string, childIds: readonly number[], parentIds: readonly number[]): Promise<void> {
  await sql`
    delete from record_parent_link where instance_id = ${id} and child_id = any(${childIds as number[]}::bigint[])
      and parent_id = any(${parentIds as number[]}::bigint[])`.execute()
}

export async function restore(sql: TenantSql, id: string, records: readonly RestoreRow[]): Promise<void> {
  const ids = records.map(({ systemId }) => systemId)
  const rows = records.map((row) => ({
    ...{ s: row.systemId, v: row.version, sv: row.schemaVersion, ma: row.modifiedAt, p: row.poolId },
    ...{ st: row.systemTags, by: row.savedBy, cm: row.comment },
  }))
  const rest = PLACEMENT_COLUMNS.replace('pool_id, ', '')
  await sql`
    with incoming as materialized (
      select * from jsonb_to_recordset(${sql.json(rows)})
        as i(s bigint, v int, sv int, ma timestamptz, p bigint, st text[], "by" bigint, cm text)
    ), restored as (
      update record r set version = v, schema_version = sv, modified_at = ma, pool_id = p, system_tags = st, deleted_at = null
      from incoming where r.instance_id = ${id} and r.system_id = incoming.s and r.system_id = any(${ids}::bigint[])
    )
    insert into record_version (instance_id, system_id, version, schema_version, operation, saved_at, saved_by, comment, modified_at, pool_id,
                                ${sql.unsafe(rest)})
    select r.instance_id, s, v, sv, 'UPDATE', clock_timestamp(), "by", cm, ma, p, ${sql.unsafe(rest)}
    from incoming join record r on r.instance_id = ${id} and r.system_id = incoming.s
    where r.system_id = any(${ids}::bigint[])`.execute()
}

export async function dropUniques(sql: TenantSql, id: string, systemIds: readonly number[]): Promise<void> {
  await sql`delete from record_unique where instance_id = ${id} and from_id = any(${systemIds as number[]}::bigint[])`.execute()
}

export async function claimUniques(sql: TenantSql, id: string, uniques: readonly UniqueRow[]): Promise<UniqueRow[]> {
  const rows = sql.json(uniques.map(({ key: k, digest: d, fromId: f, rowUuid: r }, n) => ({ k, d, f, r, n })))
  // In the order in which everybody takes values, and of two wishes of the same request for one value the older record's first.
  const stored = await sql<{ key: string; digest: string; from_id: string; row_uuid: string }[]>`
    insert into record_unique as u (instance_id, key, value, from_id, row_uuid)
    select ${id}, k, decode(d, 'hex'), f, r from jsonb_to_recordset(${rows}) as i(k text, d text, f bigint, r uuid, n int) order by k, d, f, n
    on conflict do nothing
    returning key, encode(value, 'hex') as digest, from_id, row_uuid`.execute()
  const held = new Set(stored.map((row) => `${row.key} ${row.digest} ${row.from_id} ${row.row_uuid}`))
  // A row is told from its twin by being stored once only.
  return uniques.filter((row) => !held.delete(`${row.key} ${row.digest} ${row.fromId} ${row.rowUuid}`))
}

export async function purge(sql: TenantSql, id: string, systemIds: readonly number[]): Promise<void> {
  const ids = systemIds as number[]
  await Promise.all([
    sql`
      insert into record_ghost as g (instance_id, system_id, uuid, table_id, reason)
      select instance_id, system_id, uuid, table_id, 'purged' from record
      where instance_id = ${id} and system_id = any(${ids}::bigint[]) and deleted_at is not null
      on conflict (instance_id, system_id) do update set reason = excluded.reason, uuid = excluded.uuid`.execute(),
    // Versions, tags, grants and the like go with the record.
    sql`delete from record where instance_id = ${id} and system_id = any(${ids}::bigint[]) and deleted_at is not null`.execute(),
  ])
}
