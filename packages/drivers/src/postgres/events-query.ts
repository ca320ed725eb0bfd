/**
 * Searching the event log. A long answer is read in pages, each going on where the one before ended, so that neither the
 * server nor a connection has to wait for a client that reads slowly. Events added meanwhile are not among them: the highest
 * number at the beginning is the end.
 */
import type { EventFilter, EventQuery, EventSort, IdRange, StoredEvent } from '@vitrine/domain/events/event-store'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

const PAGE = 1000
/** Any order but that of the numbers makes the database sort all that is left for every page. */
const SORTED_PAGE = 5000

export const EVENT_COLUMNS = `e.id::float8 as id, e.at, e.type, e.pollable, e.basetype, e.objecttype, e.object_id::float8 as "objectId",
  e.object_version as "objectVersion", e.system_object_id::float8 as "systemObjectId", e.global_object_id as "globalObjectId",
  e.schema_version as "schemaVersion", e.info, e.user_id::float8 as "userId", e.user_displayname as "userDisplayname",
  e.remote_addr as "remoteAddr"`

/** What is compared, never null, and its type. */
const SORTS: Readonly<Record<EventSort, readonly [expression: string, type: string]>> = {
  _id: ['e.id', 'bigint'],
  timestamp: ['e.at', 'timestamptz'],
  type: ['e.type', 'text'],
  pollable: ['e.pollable', 'boolean'],
  basetype: [`coalesce(e.basetype, '')`, 'text'],
  objecttype: [`coalesce(e.objecttype, '')`, 'text'],
  object_id: ['coalesce(e.object_id, -1)', 'bigint'],
  object_version: ['coalesce(e.object_version, -1)', 'bigint'],
  system_object_id: ['coalesce(e.system_object_id, -1)', 'bigint'],
  user_id: ['coalesce(e.user_id, -1)', 'bigint'],
  user_generated_displayname: [`coalesce(e.user_displayname, '')`, 'text'],
  remote_addr: [`coalesce(e.remote_addr, '')`, 'text'],
}

type Fragment = ReturnType<TenantSql>
type Row = StoredEvent & { readonly key: string }

/** The conditions on `e` of a search that ends with the number `newest`. */
export function conditionOf(sql: TenantSql, instanceId: string, filter: EventFilter, newest: number): Fragment {
  const all: Fragment[] = [sql`e.instance_id = ${instanceId} and e.id <= ${newest}`]
  const within = (column: string, ranges: readonly IdRange[] | undefined) => ranges && all.push(inRanges(sql, column, ranges))
  const among = (column: string, values: readonly string[] | undefined) =>
    values && all.push(sql`${sql.unsafe(column)} = any(${[...values]}::text[])`)
  within('e.id', filter.id)
  among('e.type', filter.type)
  among('e.basetype', filter.basetype)
  among('e.objecttype', filter.objecttype)
  within('e.user_id', filter.userId)
  within('e.object_id', filter.objectId)
  within('e.system_object_id', filter.systemObjectId)
  if (filter.pollable !== undefined) all.push(sql`e.pollable = ${filter.pollable}`)
  if (filter.from) all.push(sql`e.at >= ${filter.from}`)
  if (filter.to) all.push(sql`e.at <= ${filter.to}`)
  if (filter.groupId)
    all.push(
      sql`e.user_id in (select m.user_id from membership m where m.instance_id = ${instanceId} and ${inRanges(sql, 'm.group_id', filter.groupId)})`,
    )
  if (filter.userType)
    all.push(sql`e.user_id in (select u.id from app_user u where u.instance_id = ${instanceId} and u.type = any(${[...filter.userType]}::text[]))`)
  return all.reduce((before, condition) => sql`${before} and ${condition}`)
}

function inRanges(sql: TenantSql, column: string, ranges: readonly IdRange[]): Fragment {
  const at = sql.unsafe(column)
  const single = ranges.filter(({ from, to }) => from !== undefined && from === to).map(({ from }) => from as number)
  const wide = ranges.filter(({ from, to }) => from !== to)
  const any = wide.reduce<Fragment>(
    (before, { from, to }) => sql`${before} or ${at} between ${from ?? 0} and ${to ?? Number.MAX_SAFE_INTEGER}`,
    sql`${at} = any(${single}::bigint[])`,
  )
  return sql`(${any})`
}

export async function countEvents(db: TenantDatabase, filter: EventFilter, newest: number): Promise<number> {
  const [row] = await db.read(
    (sql) => sql<[{ count: number }]>`select count(*)::float8 as count from event e where ${conditionOf(sql, db.instanceId, filter, newest)}`,
  )
  return row.count
}

export async function* eventPages(db: TenantDatabase, query: EventQuery, newest: number): AsyncGenerator<readonly StoredEvent[], void, undefined> {
  const full = query.sort === '_id' ? PAGE : SORTED_PAGE
  let left = query.limit ?? Number.POSITIVE_INFINITY
  for (let last: Row | undefined; left > 0;) {
    const size = Math.min(full, left)
    const rows = await readPage(db, query, newest, last, size)
    if (rows.length > 0) yield rows.map(({ key: _, ...event }) => event)
    if (rows.length < size) return
    left -= rows.length
    last = rows.at(-1)
  }
}

function readPage(db: TenantDatabase, query: EventQuery, newest: number, last: Row | undefined, size: number): Promise<Row[]> {
  const [expression, type] = SORTS[query.sort]
  return db.read((sql) => {
    const key = sql.unsafe(expression)
    const direction = sql.unsafe(query.descending ? 'desc' : 'asc')
    const beyond = last
      ? sql`and (${key}, e.id) ${sql.unsafe(query.descending ? '<' : '>')} (${last.key}::text::${sql.unsafe(type)}, ${last.id})`
      : sql``
    return sql<Row[]>`
      select ${sql.unsafe(EVENT_COLUMNS)}, (${key})::text as key from event e
      where ${conditionOf(sql, db.instanceId, query.filter, newest)} ${beyond}
      order by ${key} ${direction}, e.id ${direction} limit ${size} offset ${last ? 0 : query.offset}`
  })
}
