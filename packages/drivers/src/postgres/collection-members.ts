/**
 * What collections hold. A collection is locked before its content changes, so places are given by one at a time; a place is a
 * number that only has to be in order, and gaps are normal.
 */
import type { CollectionTransaction, Left, Member, Splice } from '@vitrine/domain/collections/collection-store'
import { IS_SEEN, SEEN_MEMBERS } from './collections-read.ts'
import { CollectionTreeWriter } from './collections-write.ts'

export class CollectionWriter extends CollectionTreeWriter implements CollectionTransaction {
  async present(id: number, globalIds: readonly string[]): Promise<string[]> {
    const rows = await this.sql<{ globalId: string }[]>`
      select o.global_object_id as "globalId" from ${this.sql.unsafe(SEEN_MEMBERS)}
      where o.instance_id = ${this.instanceId} and o.collection_id = ${id} and o.global_object_id = any(${[...globalIds]}::text[])
        and ${this.sql.unsafe(IS_SEEN)}`.execute()
    return rows.map(({ globalId }) => globalId)
  }

  async push(id: number, members: readonly Member[]): Promise<void> {
    await this.#put(id, members, (await this.#lastPosition(id)) + 1)
  }

  async replace(id: number, members: readonly Member[]): Promise<Left[]> {
    const left = await this.sql<Left[]>`
      delete from collection_object where instance_id = ${this.instanceId} and collection_id = ${id}
        and global_object_id <> all(${members.map(({ globalId }) => globalId)}::text[])
      returning global_object_id as "globalId", system_id::float8 as "systemId"`.execute()
    await this.#put(id, members, 1)
    return left
  }

  async splice(id: number, { index, count }: Splice, members: readonly Member[]): Promise<Left[]> {
    const incoming = members.map(({ globalId }) => globalId)
    const end = count === null ? null : index + count
    const next = end === null ? null : await this.#positionFrom(id, end, incoming)
    const left = await this.sql<Left[]>`
      with listed as (${this.#listed(id)})
      delete from collection_object o using listed l
      where o.instance_id = ${this.instanceId} and o.collection_id = ${id} and o.global_object_id = l.global_object_id
        and l.n >= ${index} and (${end}::bigint is null or l.n < ${end}) and l.global_object_id <> all(${incoming}::text[])
      returning o.global_object_id as "globalId", o.system_id::float8 as "systemId"`.execute()
    if (next !== null && members.length > 0)
      await this.sql`
        update collection_object set position = position + ${members.length}
        where instance_id = ${this.instanceId} and collection_id = ${id} and position >= ${next}`.execute()
    await this.#put(id, members, next ?? (await this.#lastPosition(id)) + 1)
    return left
  }

  async take(id: number, globalIds: readonly string[]): Promise<Left[]> {
    return this.sql<Left[]>`
      delete from collection_object where instance_id = ${this.instanceId} and collection_id = ${id} and global_object_id = any(${[...globalIds]}::text[])
      returning global_object_id as "globalId", system_id::float8 as "systemId"`.execute()
  }

  async places(systemIds: readonly number[]): ReturnType<CollectionTransaction['places']> {
    return this.sql<{ id: number; systemId: number; tableId: number; poolId: number | null }[]>`
      select o.collection_id::float8 as id, o.system_id::float8 as "systemId", r.table_id as "tableId", r.pool_id::float8 as "poolId"
      from collection_object o join record r on r.instance_id = o.instance_id and r.system_id = o.system_id
      where o.instance_id = ${this.instanceId} and o.system_id = any(${[...systemIds]}::bigint[]) and not o.invalid
      order by o.collection_id, o.system_id`.execute()
  }

  async dropMembers(places: readonly { readonly id: number; readonly systemId: number }[], policy: 'setinvalid' | 'remove'): Promise<void> {
    if (places.length === 0) return
    await this.lockContent([...new Set(places.map(({ id }) => id))])
    const rows = this.sql`jsonb_to_recordset(${this.sql.json(places as never)}::jsonb) as p(id bigint, "systemId" bigint)`
    if (policy === 'remove')
      await this.sql`
        delete from collection_object o using ${rows}
        where o.instance_id = ${this.instanceId} and o.collection_id = p.id and o.system_id = p."systemId"`.execute()
    else
      await this.sql`
        update collection_object o set invalid = true from ${rows}
        where o.instance_id = ${this.instanceId} and o.collection_id = p.id and o.system_id = p."systemId"`.execute()
  }

  async forget(systemIds: readonly number[]): Promise<void> {
    await this.sql`delete from collection_object where instance_id = ${this.instanceId} and system_id = any(${[...systemIds]}::bigint[])`.execute()
  }

  /** In order, each with its number from 0. */
  #listed(id: number) {
    return this.sql`
      select o.global_object_id, o.position, row_number() over (order by o.position, o.global_object_id) - 1 as n
      from ${this.sql.unsafe(SEEN_MEMBERS)}
      where o.instance_id = ${this.instanceId} and o.collection_id = ${id} and ${this.sql.unsafe(IS_SEEN)}`
  }

  /** Where the first member from `n` on stands that is not among `moving`. */
  async #positionFrom(id: number, n: number, moving: readonly string[]): Promise<number | null> {
    const [row] = await this.sql<{ position: number }[]>`
      with listed as (${this.#listed(id)})
      select position::float8 as position from listed where n >= ${n} and global_object_id <> all(${[...moving]}::text[]) order by n limit 1`.execute()
    return row?.position ?? null
  }

  async #lastPosition(id: number): Promise<number> {
    const [row] = await this.sql<{ last: number | null }[]>`
      select max(position)::float8 as last from collection_object where instance_id = ${this.instanceId} and collection_id = ${id}`.execute()
    return row?.last ?? 0
  }

  /** Members that are there already move, and keep what clients noted about them unless something new is given. */
  async #put(id: number, members: readonly Member[], first: number): Promise<void> {
    if (members.length === 0) return
    const rows = members.map(({ globalId: g, systemId: s, props: p }, n) => ({ g, s, p, n }))
    await this.sql`
      insert into collection_object as o (instance_id, collection_id, global_object_id, system_id, position, props)
      select ${this.instanceId}, ${id}, i.g, i.s, ${first}::bigint + i.n, nullif(i.p, 'null'::jsonb)
      from jsonb_to_recordset(${this.sql.json(rows as never)}::jsonb) as i(g text, s bigint, p jsonb, n bigint)
      on conflict (instance_id, collection_id, global_object_id) do update set position = excluded.position,
        props = coalesce(excluded.props, o.props), invalid = false`.execute()
  }
}
