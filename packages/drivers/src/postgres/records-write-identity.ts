/**
 * Names of records that links wait for. A ghost keeps the id that such a record will get. Whoever makes a record under a chosen name
 * and whoever waits for one under it must not pass each other unseen: both lock the bucket that the name falls into, the makers
 * together, the waiting ones alone. Buckets bound the number of locks, however many names an import brings.
 */
import { createHash } from 'node:crypto'
import type { DeferTarget, DeferWanted, Ghost, IdentityNames } from '@vitrine/domain/objects/write-store'
import type { TenantSql } from './tenant-database.ts'

/** First half of the advisory lock's key, so that it meets no other use of advisory locks. */
const IDENTITY_LOCK = 0x6964
const BUCKETS = 64

const bucketOf = (name: string) => (createHash('sha1').update(name).digest()[0] ?? 0) % BUCKETS

export class RecordIdentities {
  readonly #sql: TenantSql
  readonly #id: string

  constructor(sql: TenantSql, instanceId: string) {
    this.#sql = sql
    this.#id = instanceId
  }

  async lock({ made, awaited }: IdentityNames): Promise<void> {
    const alone = new Set(awaited.map(bucketOf))
    const shared = [...new Set(made.map(bucketOf))].filter((bucket) => !alone.has(bucket))
    const locks = [...[...alone].map((bucket) => ({ bucket, alone: true })), ...shared.map((bucket) => ({ bucket, alone: false }))]
    await this.#sql`
      select case when l.alone then pg_advisory_xact_lock(${IDENTITY_LOCK}, l.key)::text else pg_advisory_xact_lock_shared(${IDENTITY_LOCK}, l.key)::text end
      from (select hashtext(${this.#id} || '/' || bucket::text) as key, alone
            from jsonb_to_recordset(${this.#sql.json(locks)}) as w(bucket int, alone boolean) order by bucket offset 0) l`.execute()
  }

  async deferTargets(wanted: readonly DeferWanted[]): Promise<DeferTarget[]> {
    const rows = wanted.map(({ systemId: s, uuid: u, tableId: t, reserved: r }, n) => ({ n, s, u, t, r }))
    const json = this.#sql.json(rows)
    // What has come since the request looked for it is a record; for the rest there is a ghost afterwards, old or new.
    const inserted = this.#sql`
      insert into record_ghost (instance_id, system_id, uuid, table_id, reason)
      select distinct on (coalesce(u::text, r::text)) ${this.#id}, r, u, t, case when s is null then 'deferred' else 'chosen' end
      from jsonb_to_recordset(${json}) as w(n int, s bigint, u uuid, t int, r bigint)
      where not exists (select from record x where x.instance_id = ${this.#id} and (x.system_id = w.s or x.uuid = w.u))
        and not exists (select from record_ghost g where g.instance_id = ${this.#id} and (g.system_id = w.s or g.uuid = w.u))
      on conflict do nothing`.execute()
    const found = this.#sql<{ n: number; system_id: string; table_id: number; trashed: boolean }[]>`
      select w.n, f.system_id, f.table_id, f.trashed from jsonb_to_recordset(${json}) as w(n int, s bigint, u uuid)
      cross join lateral (
        select system_id, table_id, deleted_at is not null as trashed from record x
          where x.instance_id = ${this.#id} and (x.system_id = w.s or x.uuid = w.u)
        union all
        select system_id, table_id, false from record_ghost g where g.instance_id = ${this.#id} and (g.system_id = w.s or g.uuid = w.u)
        limit 1) f`.execute()
    const [targets] = await Promise.all([found, inserted])
    const answers: DeferTarget[] = []
    for (const row of targets) answers[row.n] = { systemId: Number(row.system_id), tableId: row.table_id, trashed: row.trashed }
    return answers
  }

  async ghosts({ systemIds, uuids }: { readonly systemIds: readonly number[]; readonly uuids: readonly string[] }): Promise<Ghost[]> {
    const rows = await this.#sql<{ system_id: string; uuid: string | null; table_id: number; reason: string }[]>`
      select system_id, uuid, table_id, reason from record_ghost
        where instance_id = ${this.#id} and system_id = any(${systemIds as number[]}::bigint[])
      union select system_id, uuid, table_id, reason from record_ghost
        where instance_id = ${this.#id} and uuid = any(${uuids as string[]}::uuid[])`.execute()
    return rows.map((row) => ({ systemId: Number(row.system_id), uuid: row.uuid, tableId: row.table_id, isChosen: row.reason !== 'deferred' }))
  }

  async dropGhosts(systemIds: readonly number[]): Promise<void> {
    await this.#sql`delete from record_ghost where instance_id = ${this.#id} and system_id = any(${systemIds as number[]}::bigint[])`.execute()
  }

  /** A stored link is `{"s": id}` wherever it stands, and the id of a ghost stands nowhere else in that form. Answers who has such links. */
  async relink(moves: readonly { readonly from: number; readonly to: number }[]): Promise<number[]> {
    const moved = await Promise.all(moves.map((move) => this.#relinkOne(move)))
    return [...new Set(moved.flat())]
  }

  async #relinkOne({ from, to }: { readonly from: number; readonly to: number }): Promise<number[]> {
    const [old, now] = [`{"s": ${from}}`, `{"s": ${to}}`]
    const holders = this.#sql`select from_id from record_link where instance_id = ${this.#id} and to_id = ${from}`
    const [rows] = await Promise.all([
      this.#sql<{ system_id: string }[]>`
        update record set content = replace(content::text, ${old}, ${now})::jsonb
        where instance_id = ${this.#id} and system_id in (${holders}) returning system_id`.execute(),
      this.#sql`
        update record_version set content = replace(content::text, ${old}, ${now})::jsonb
        where instance_id = ${this.#id} and system_id in (${holders}) and content::text like ${`%${old}%`}`.execute(),
      this.#sql`update record_link set to_id = ${to} where instance_id = ${this.#id} and to_id = ${from}`.execute(),
    ])
    return rows.map((row) => Number(row.system_id))
  }
}
