/**
 * What records cost that are more than a row: a list for somebody who may see one in a hundred of 100,000, a save of a record with
 * many nested rows and links, and the deletion of a record that a thousand others link to. Each is held against the same thing
 * without what makes it expensive, and the statistics of the database tell whether any of it read through all records.
 */
import { randomUUID } from 'node:crypto'
import { connectTo, type Connection } from '@vitrine/drivers/postgres'
import type { Sql } from 'postgres'
import type { HttpClient } from './http.ts'
import { measure, type Measured } from './measure.ts'

const RECORDS = 100_000
const BATCH = 1000
/** Every so many-th record is in the pool that the visitor may read. */
const SHARE = 100
const LINKS = 10
const NESTED = 50
const LINKING = 1000
const FOR_MS = 4000

export interface WholeRow {
  readonly name: string
  readonly ours: Measured
  readonly beside: Measured
  readonly target: number
}
export interface WholeReport {
  readonly rows: readonly WholeRow[]
  readonly setnullMs: number
  readonly scans: Readonly<Record<string, number>>
}

export async function measureWhole(
  root: HttpClient,
  visitorFor: () => Promise<HttpClient>,
  connection: Connection,
  instanceId: string,
): Promise<WholeReport> {
  const sql = connectTo(connection, { max: 1, onnotice: () => undefined })
  try {
    await sql`select set_config('app.instance_id', ${instanceId}, false)`
    const model = await prepare(root)
    const visitor = await visitorFor()
    await sql`analyze record`
    const scans: Record<string, number> = {}
    const watched = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
      const before = await scansOf(sql)
      const result = await run()
      scans[name] = (await scansOf(sql)) - before
      return result
    }
    const list = (client: HttpClient) => () => client.send('GET', '/api/v1/db/bench_kept/bench_kept__main/list?format=long&limit=1000')
    const rows: WholeRow[] = []
    const beside = await measure(list(root), { callers: 2, forMs: FOR_MS })
    const ours = await watched('list', () => measure(list(visitor), { callers: 2, forMs: FOR_MS }))
    rows.push({ name: `list of 1,000 with rights on 1 of ${SHARE} of ${RECORDS} records, beside root`, ours, beside, target: 3 })
    rows.push(await watched('save', () => compareSaves(root, sql, instanceId, model)))
    const setnullMs = await watched('setnull', () => deleteLinked(root, model))
    return { rows, setnullMs, scans }
  } finally {
    await sql.end()
  }
}

const json = async <T>(answer: Promise<string>): Promise<T> => JSON.parse(await answer) as T
const post = <T>(client: HttpClient, path: string, body: unknown) => json<T>(client.send('POST', path, JSON.stringify(body)))

/** Statistics of a session arrive when it has been idle for a moment; asking for them anew is enough here. */
async function scansOf(sql: Sql): Promise<number> {
  await sql`select pg_stat_clear_snapshot()`
  const [row] = await sql<[{ scans: number }]>`select seq_scan::int as scans from pg_stat_user_tables where relname = 'record'`
  return row.scans
}

interface Prepared {
  readonly targets: readonly number[]
}

async function prepare(root: HttpClient): Promise<Prepared> {
  const column = (name: string, type: string) => ({ kind: 'column', name, type, not_null: false })
  const foreign = (from: string, to: string) => ({
    ...{ name: `${from}_fkey`, on_delete: 'restrict', on_update: 'cascade', columns: [{ column_name_hint: from }] },
    referenced_table: { name_hint: to, columns: [{ auto_column_primary_key: true }] },
  })
  const head = await json<{ tables: object[] }>(root.send('GET', '/api/v1/schema/user/HEAD'))
  const tables = [
    ...head.tables,
    { name: 'bench_kept', pool_link: true, columns: [column('title', 'text')], foreign_keys: [], unique_keys: [] },
    { name: 'bench_target', columns: [column('title', 'text')], foreign_keys: [], unique_keys: [] },
    {
      name: 'bench_rich',
      columns: [column('title', 'text'), column('main', 'link'), { kind: 'link', other_table_name_hint: 'bench_rich__rows', not_null: false }],
      foreign_keys: [foreign('main', 'bench_target')],
      unique_keys: [],
    },
    {
      name: 'bench_rich__rows',
      owned_by: { other_table_name_hint: 'bench_rich' },
      columns: [column('remark', 'text'), column('target', 'link')],
      foreign_keys: [foreign('target', 'bench_target')],
      unique_keys: [],
    },
  ]
  await post(root, '/api/v1/schema/user/HEAD', { ...head, tables })
  const all = await json<{ masks: { table_name_hint: string }[] }>(root.send('GET', '/api/v1/mask/HEAD/_all_fields'))
  const masks = all.masks
    .filter(({ table_name_hint }) => ['bench_kept', 'bench_target', 'bench_rich'].includes(table_name_hint))
    .map((mask) => ({ ...mask, mask_id: undefined, name: `${mask.table_name_hint}__main`, is_preferred: true }))
  await post(root, '/api/v1/mask/HEAD', { masks })
  await post(root, '/api/v1/schema/commit?reindex=skip&confirm=yes', undefined)
  await fillPools(root)
  const targets = await post<{ bench_target: { _id: number } }[]>(
    root,
    '/api/v1/db/bench_target?format=short',
    Array.from({ length: 100 }, (_, i) => record('bench_target', { title: `target ${i}` })),
  )
  return { targets: targets.map(({ bench_target: { _id } }) => _id) }
}

const record = (type: string, block: object) => ({ _objecttype: type, _mask: `${type}__main`, [type]: block })
const to = (id: number) => record('bench_target', { _id: id })

async function fillPools(root: HttpClient): Promise<void> {
  const [visitor] = await post<{ user: { _id: number } }[]>(root, '/api/v1/user', [
    { _basetype: 'user', user: { login: 'bench-visitor', displayname: 'Visitor' }, _password: 'bench visitor password' },
  ])
  const grant = { who: { _basetype: 'user', user: { _id: visitor?.user._id } }, rights: { read: {}, mask: {} } }
  const pool = (reference: string, more: object = {}) => ({
    ...{ _basetype: 'pool', pool: { reference, name: { 'en-US': reference }, 'lookup:_id_parent': { reference: 'system:root' } } },
    ...more,
  })
  await post(root, '/api/v1/pool', [pool('bench-closed'), pool('bench-open', { _acl: [grant] })])
  for (let start = 0; start < RECORDS; start += BATCH) {
    const records = Array.from({ length: BATCH }, (_, i) => {
      const reference = (start + i) % SHARE === 0 ? 'bench-open' : 'bench-closed'
      return record('bench_kept', { title: `record ${start + i}`, _pool: { pool: { 'lookup:_id': { reference } } } })
    })
    await post(root, '/api/v1/db/bench_kept?format=short', records)
  }
}

/** One save with everything beside the statements that store it: the row, its version, its links, and a look at their targets. */
async function compareSaves(root: HttpClient, sql: Sql, instanceId: string, { targets }: Prepared): Promise<WholeRow> {
  const rich = (more: object) =>
    record('bench_rich', {
      ...{ title: randomUUID(), main: to(targets[Math.floor(Math.random() * targets.length)] ?? 1) },
      '_nested:bench_rich__rows': Array.from({ length: NESTED }, (_, i) => ({
        remark: `row ${i}`,
        ...(i < LINKS - 1 && { target: to(targets[(i * 7) % targets.length] ?? 1) }),
      })),
      ...more,
    })
  const [made] = await post<{ _system_object_id: number; bench_rich: { _id: number } }[]>(root, '/api/v1/db/bench_rich?format=short', [rich({})])
  let version = 1
  const ours = await measure(() => post(root, '/api/v1/db/bench_rich?format=short', [rich({ _id: made?.bench_rich._id, _version: ++version })]), {
    ...{ callers: 1, forMs: FOR_MS },
  })
  const raw = await rawSave(sql, instanceId, made?._system_object_id ?? 0)
  const beside = await measure(raw, { callers: 1, forMs: FOR_MS })
  return { name: `save of a record with ${NESTED} nested rows and ${LINKS} links, beside its statements`, ours, beside, target: 4 }
}

interface LinkRow {
  readonly column_id: number
  readonly row_uuid: string
  readonly to_id: string
}

async function rawSave(sql: Sql, instanceId: string, systemId: number): Promise<() => Promise<unknown>> {
  const [row] = await sql<[{ content: object }]>`select content from record where instance_id = ${instanceId} and system_id = ${systemId}`
  const links = await sql<LinkRow[]>`select column_id, row_uuid, to_id from record_link where instance_id = ${instanceId} and from_id = ${systemId}`
  const targets = links.map(({ to_id }) => to_id)
  return () =>
    sql.begin(async (tx) => {
      const [stored] = await tx<[{ version: number }]>`
        select version, content from record where instance_id = ${instanceId} and system_id = ${systemId} for no key update`
      await tx`select system_id from record where instance_id = ${instanceId} and system_id = any(${targets}::bigint[]) for key share`
      const content = tx.json(row.content as never)
      await tx`update record set version = ${stored.version + 1}, content = ${content} where instance_id = ${instanceId} and system_id = ${systemId}`
      await tx`insert into record_version (instance_id, system_id, version, schema_version, operation, saved_at, modified_at, content)
        values (${instanceId}, ${systemId}, ${stored.version + 1}, 1, 'UPDATE', now(), now(), ${content})`
      await tx`delete from record_link where instance_id = ${instanceId} and from_id = ${systemId}`
      await tx`insert into record_link (instance_id, from_id, column_id, row_uuid, to_id)
        select ${instanceId}, ${systemId}, r.column_id, r.row_uuid, r.to_id
        from jsonb_to_recordset(${tx.json(links as never)}) as r(column_id int, row_uuid uuid, to_id bigint)`
    })
}

async function deleteLinked(root: HttpClient, { targets }: Prepared): Promise<number> {
  const [id] = (
    await post<{ bench_target: { _id: number } }[]>(root, '/api/v1/db/bench_target?format=short', [record('bench_target', { title: 'hub' })])
  ).map(({ bench_target: { _id } }) => _id) as [number]
  const linking = Array.from({ length: LINKING }, (_, i) =>
    record('bench_rich', {
      ...{ title: `linking ${i}`, main: to(id) },
      '_nested:bench_rich__rows': [
        { remark: 'also', target: to(id) },
        { remark: 'other', target: to(targets[i % targets.length] ?? 1) },
      ],
    }),
  )
  await post(root, '/api/v1/db/bench_rich?format=short', linking)
  const started = performance.now()
  await root.send('DELETE', '/api/v1/db/bench_target?delete_policy=setnull', JSON.stringify([[id, 1, null]]))
  return performance.now() - started
}
