/**
 * Deleting, restoring and purging records. What hangs on a record is found by recursive statements that go from row to row by
 * index, whatever the planner believes of the tables; `union` drops what was seen before, so circles end by themselves.
 */
import type { DeletionTransaction, RecordHead } from '@vitrine/domain/objects/delete-store'
import { claimUniques, contents, dropParents, dropUniques, moveToTrash, purge, restore } from './records-delete-write.ts'
import { STORED_COLUMNS, storedOf, type StoredRow } from './records-write-rows.ts'
import type { TenantSql } from './tenant-database.ts'

const HEAD_COLUMNS = STORED_COLUMNS.replace(', content', '')
type HeadRow = Omit<StoredRow, 'content'>

export function deletionOf(sql: TenantSql, id: string): DeletionTransaction {
  return {
    goingAlong: async (from, columns, limit, except = []) => {
      const planned = planAnew(sql)
      const [found] = await Promise.all([goingAlong(sql, id, { from, columns, limit, except }), planned])
      return found
    },
    parentsBelow: (from) => parentsBelow(sql, id, from),
    linkingTo: (systemIds, limit) => linkingTo(sql, id, systemIds, limit),
    lockAffected: (systemIds) => lockAffected(sql, id, systemIds),
    lockTrashed: (tableId, objectIds) => lockTrashed(sql, id, tableId, objectIds),
    contents: (systemIds) => contents(sql, id, systemIds),
    moveToTrash: (rows) => moveToTrash(sql, id, rows),
    dropParents: (childIds, parentIds) => dropParents(sql, id, childIds, parentIds),
    restore: (rows) => restore(sql, id, rows),
    dropUniques: (systemIds) => dropUniques(sql, id, systemIds),
    claimUniques: (rows) => claimUniques(sql, id, rows),
    purge: (systemIds) => purge(sql, id, systemIds),
  }
}

/**
 * A plan that is kept from a time of few records goes through all of them, once for each record that was found. So statements are
 * planned each time, up to the end of the transaction, for as many records as there are.
 */
const planAnew = (sql: TenantSql) => sql`select set_config('plan_cache_mode', 'force_custom_plan', true)`.execute()

interface Along {
  readonly from: readonly number[]
  readonly columns: readonly number[] | null
  readonly limit: number
  readonly except: readonly number[]
}

async function goingAlong(sql: TenantSql, id: string, { from, columns, limit, except }: Along): Promise<number[]> {
  const rows = await sql<{ id: string }[]>`
    with recursive along(id) as (
      select unnest(${from as number[]}::bigint[])
      union
      select next.id from along cross join lateral (
        select system_id as id from record where instance_id = ${id} and parent_id = along.id and deleted_at is null
        union all
        select from_id from record_link where instance_id = ${id} and to_id = along.id
          and (${columns === null} or column_id = any(${(columns ?? []) as number[]}::int[]))
        offset 0) next
      where next.id <> all(${except as number[]}::bigint[])
    )
    select id from along limit ${limit}::int`.execute()
  return rows.map((row) => Number(row.id))
}

async function parentsBelow(sql: TenantSql, id: string, from: readonly number[]) {
  const rows = await sql<{ child: string; parent: string; lives: boolean }[]>`
    with recursive below(id) as (
      select distinct l.child_id from unnest(${from as number[]}::bigint[]) f(id) cross join lateral (
        select child_id from record_parent_link where instance_id = ${id} and parent_id = f.id offset 0) l
      union
      select l.child_id from below cross join lateral (
        select child_id from record_parent_link where instance_id = ${id} and parent_id = below.id offset 0) l
    )
    select r.system_id as child, p.id as parent, p.id <= 0 or coalesce(o.lives, false) as lives
    from below cross join lateral (
      select system_id, parents from record where instance_id = ${id} and system_id = below.id and deleted_at is null offset 0) r
    cross join lateral unnest(r.parents) p(id)
    left join lateral (
      select deleted_at is null as lives from record where instance_id = ${id} and system_id = p.id offset 0) o on true`.execute()
  return rows.map((row) => ({ childId: Number(row.child), parentId: Number(row.parent), lives: row.lives }))
}

async function linkingTo(sql: TenantSql, id: string, systemIds: readonly number[], limit: number) {
  const rows = await sql<{ system_id: string; table_id: number }[]>`
    select r.system_id, r.table_id from (
      select distinct l.from_id from unnest(${systemIds as number[]}::bigint[]) t(id) cross join lateral (
        select from_id from record_link where instance_id = ${id} and to_id = t.id offset 0) l
      except select unnest(${systemIds as number[]}::bigint[])
      order by 1 limit ${limit}::int) f
    cross join lateral (
      select system_id, table_id from record where instance_id = ${id} and system_id = f.from_id and deleted_at is null offset 0) r
    order by r.system_id`.execute()
  return rows.map((row) => ({ systemId: Number(row.system_id), tableId: row.table_id }))
}

/**
 * In two steps, each in ascending order of ids. A save locks what it changes first and what it links to afterwards, wherever that
 * stands in the order: if a deletion held a record against links while it waited for one that the save changes, the two would
 * wait in a circle. The first step waits for changes only; once the second waits for links, no changed record is left to wait for.
 */
async function lockAffected(sql: TenantSql, id: string, systemIds: readonly number[]): Promise<RecordHead[]> {
  const ids = systemIds as number[]
  const againstChanges = sql`
    select 1 from record where instance_id = ${id} and system_id = any(${ids}::bigint[]) and deleted_at is null
    order by system_id for no key update`.execute()
  const againstLinks = sql<HeadRow[]>`
    select ${sql.unsafe(HEAD_COLUMNS)} from record
    where instance_id = ${id} and system_id = any(${ids}::bigint[]) and deleted_at is null
    order by system_id for update`.execute()
  const [, rows] = await Promise.all([againstChanges, againstLinks])
  return rows.map(headOf)
}

async function lockTrashed(sql: TenantSql, id: string, tableId: number, objectIds: readonly number[]): Promise<RecordHead[]> {
  const rows = await sql<HeadRow[]>`
    select ${sql.unsafe(HEAD_COLUMNS)} from record
    where instance_id = ${id} and table_id = ${tableId} and object_id = any(${objectIds as number[]}::bigint[]) and deleted_at is not null
    order by system_id for update`.execute()
  return rows.map(headOf)
}

function headOf(row: HeadRow): RecordHead {
  const { content: _, ...head } = storedOf({ ...row, content: {} })
  return head
}
