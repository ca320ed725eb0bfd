/**
 * The limit: the statements of each operation straight through postgres.js, on the same tables, with row-level security and
 * history on. Like the server, each operation first finds out whose token it came with, and a save reads back what it
 * answers. No HTTP, no datamodel, no masks, no rendering.
 */
import { randomUUID } from 'node:crypto'
import { connectTo, type Connection } from '@vitrine/drivers/postgres'
import type { ReservedSql, Sql } from 'postgres'
import type { Operations } from './measure.ts'
import { sampleContent } from './sample.ts'

const TABLE_ID = 990_001

export interface Raw extends Operations {
  close(): Promise<void>
}

export async function rawOperations(connection: Connection, instanceId: string): Promise<Raw> {
  const settings = { max: 16, onnotice: () => undefined }
  const probe = connectTo(connection, { ...settings, max: 1 })
  const [{ free }] = await probe<[{ free: boolean }]>`select rolsuper or rolbypassrls as free from pg_roles where rolname = current_user`
  await probe.end()
  const bound = { ...settings, connection: { ...(free && { role: 'vitrine_tenant' }) } as never }
  const sql = connectTo(connection, bound)
  const token = await someToken(sql, instanceId)
  const session = () => plain(sql, instanceId, (c) => whose(c, instanceId, token))
  // Two of these can run side by side; each has numbers of its own.
  let next = 900_000_000 + (process.pid % 1000) * 1_000_000
  const versions = new Map<number, number>()
  let last = 0
  return {
    async create(count) {
      await session()
      const rows = Array.from({ length: count }, () => ({ id: ++next, uuid: randomUUID(), content: sampleContent() }))
      await transaction(sql, instanceId, (tx) => insert(tx, instanceId, rows))
      for (const row of rows) versions.set(row.id, 1)
      last = next
      await plain(
        sql,
        instanceId,
        (c) =>
          c`select system_id, object_id, version, uuid, modified_at from record where instance_id = ${instanceId} and system_id = any(${rows.map((r) => r.id)})`,
      )
    },
    async read() {
      await session()
      const id = last - Math.floor(Math.random() * Math.min(1000, versions.size))
      return plain(
        sql,
        instanceId,
        (c) =>
          c`select system_id, object_id, version, uuid, created_at, modified_at, content from record where instance_id = ${instanceId} and system_id = ${id}`,
      )
    },
    async list(limit) {
      await session()
      return plain(
        sql,
        instanceId,
        (c) => c`select system_id, object_id, version, uuid, created_at, modified_at, content from record
        where instance_id = ${instanceId} and table_id = ${TABLE_ID} and deleted_at is null order by object_id limit ${limit}`,
      )
    },
    async update() {
      await session()
      const id = [...versions.keys()][Math.floor(Math.random() * Math.min(200, versions.size))] as number
      await transaction(sql, instanceId, async (tx) => {
        const [row] = await tx<[{ version: number }]>`select version from record where instance_id = ${instanceId} and system_id = ${id} for update`
        const content = tx.json(sampleContent() as never)
        await Promise.all([
          tx`update record set version = ${row.version + 1}, modified_at = now(), content = ${content} where instance_id = ${instanceId} and system_id = ${id}`,
          tx`insert into record_version (instance_id, system_id, version, schema_version, operation, saved_at, modified_at, content)
            values (${instanceId}, ${id}, ${row.version + 1}, 1, 'UPDATE', now(), now(), ${content})`,
        ])
      })
      await plain(
        sql,
        instanceId,
        (c) => c`select system_id, object_id, version, uuid, modified_at from record where instance_id = ${instanceId} and system_id = ${id}`,
      )
    },
    async close() {
      await transaction(sql, instanceId, (tx) => tx`delete from record where instance_id = ${instanceId} and table_id = ${TABLE_ID}`)
      await sql.end()
    },
  }
}

async function someToken(sql: Sql, instanceId: string): Promise<Uint8Array> {
  let hash: Uint8Array | undefined
  await plain(sql, instanceId, async (c) => {
    const [row] = await c<[{ hash: Uint8Array }]>`select hash from token where instance_id = ${instanceId} and kind = 'access' limit 1`
    hash = row.hash
  })
  if (!hash) throw new Error('somebody has to sign in before the limit can be measured')
  return hash
}

const whose = (c: ReservedSql, instanceId: string, hash: Uint8Array) => c`
  select u.id, u.login, u.system_rights, u.data, (select max(version) from datamodel_version d where d.instance_id = t.instance_id and d.committed_at is not null) as version,
    (select jsonb_agg(g.system_rights) from membership m join app_group g on g.instance_id = m.instance_id and g.id = m.group_id
     where m.instance_id = u.instance_id and m.user_id = u.id) as rights
  from token t join app_user u on u.instance_id = t.instance_id and u.id = t.user_id
  where t.instance_id = ${instanceId} and t.hash = ${hash} and t.expires_at > now()`

async function insert(tx: ReservedSql, instanceId: string, rows: { id: number; uuid: string; content: object }[]): Promise<void> {
  const json = tx.json(rows as never)
  await Promise.all([
    tx`insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, content)
      select ${instanceId}, r.id, ${TABLE_ID}, r.id, r.uuid, 1, 1, now(), now(), r.content from jsonb_to_recordset(${json}) as r(id bigint, uuid uuid, content jsonb)`,
    tx`insert into record_version (instance_id, system_id, version, schema_version, operation, saved_at, modified_at, content)
      select ${instanceId}, r.id, 1, 1, 'INSERT', now(), now(), r.content from jsonb_to_recordset(${json}) as r(id bigint, content jsonb)`,
  ])
}

async function transaction(sql: Sql, instanceId: string, run: (tx: ReservedSql) => Promise<unknown>): Promise<void> {
  const tx = await sql.reserve()
  try {
    const opened = [tx.unsafe('begin').execute(), tx`select set_config('app.instance_id', ${instanceId}, true)`.execute()]
    await Promise.all([run(tx), ...opened])
    await tx.unsafe('commit')
  } finally {
    tx.release()
  }
}

async function plain<T>(sql: Sql, instanceId: string, run: (c: ReservedSql) => Promise<T>): Promise<T> {
  const c = await sql.reserve()
  try {
    const named = c`select set_config('app.instance_id', ${instanceId}, false)`.execute()
    const [result] = await Promise.all([run(c), named])
    return result
  } finally {
    c.release()
  }
}
