/** Reading collections. Whoever asks about many asks once: the tree is walked by the database. */
import type { PinCode } from '@vitrine/domain/collections/collection-rights'
import type { Collection, CollectionFields } from '@vitrine/domain/collections/collection'
import type { Below, CollectionSource, Member, Page, Sight, Tally } from '@vitrine/domain/collections/collection-store'
import { displaynameOf } from '@vitrine/domain/people/account'
import type { Grant } from '@vitrine/domain/people/stored-grants'
import type { TenantSql } from './tenant-database.ts'

interface Row {
  id: number
  version: number
  parentId: number | null
  uuid: string
  reference: string | null
  shortname: string | null
  ownerUser: number
  isSystem: boolean
  acl: Grant[] | null
  privateAcl: boolean
  invalidAcl: boolean
  fields: CollectionFields
  createdAt: Date
  updatedAt: Date
}

/** The columns of a collection `c`. */
export const COLLECTION_COLUMNS = `
  c.id::float8 as id, c.version, c.parent_id::float8 as "parentId", c.uuid, c.reference, c.shortname, c.owner_user::float8 as "ownerUser",
  c.is_system as "isSystem", c.acl, c.private_acl as "privateAcl", c.invalid_acl as "invalidAcl", c.data as fields, c.created_at as "createdAt",
  c.updated_at as "updatedAt"`

/** Members `o` that are there to be seen: those of other systems, and records `r` that are not in the trash. */
export const SEEN_MEMBERS = `
  collection_object o left join record r on r.instance_id = o.instance_id and r.system_id = o.system_id`
export const IS_SEEN = `(o.system_id is null or (r.system_id is not null and r.deleted_at is null))`

/** What a user keeps, from the user's data. */
export const pinCodesOf = ({ _collection_pin_codes: codes }: Record<string, unknown>): readonly PinCode[] => (Array.isArray(codes) ? codes : [])

export class CollectionReader implements CollectionSource {
  readonly sql: TenantSql
  readonly instanceId: string

  constructor(sql: TenantSql, instanceId: string) {
    this.sql = sql
    this.instanceId = instanceId
  }

  async withAncestors({ ids, references }: Parameters<CollectionSource['withAncestors']>[0]): Promise<Collection[]> {
    const { sql, instanceId } = this
    // The rows come in ascending order, so that whoever locks them afterwards does it in that order.
    return sql<Row[]>`
      with recursive up(id, parent_id) as (
        select id, parent_id from collection
        where instance_id = ${instanceId} and (id = any(${[...ids]}::bigint[]) or reference = any(${[...references]}::text[]))
        union
        select c.id, c.parent_id from up join collection c on c.instance_id = ${instanceId} and c.id = up.parent_id
      )
      select ${sql.unsafe(COLLECTION_COLUMNS)} from collection c where c.instance_id = ${instanceId} and c.id in (select id from up) order by c.id`.execute()
  }

  async sharedWith(userId: number, groupIds: readonly number[]): Promise<Collection[]> {
    const { sql, instanceId } = this
    return sql<Row[]>`
      select ${sql.unsafe(COLLECTION_COLUMNS)} from collection c
      where c.instance_id = ${instanceId} and c.acl is not null and exists (
        select from jsonb_array_elements(c.acl) as g(entry)
        where (g.entry #> '{who,user,_id}')::bigint = ${userId}
          or (g.entry #> '{who,group,_id}')::bigint = any(${[...groupIds]}::bigint[]))
      order by c.id`.execute()
  }

  async visible(sight: Sight, below: Below, { limit, offset }: Page): Promise<number[]> {
    const { sql, instanceId } = this
    const parent = typeof below === 'number' ? below : null
    const rows = await sql<{ id: number }[]>`
      with recursive entry as (
        select id, sticky from jsonb_to_recordset(${sql.json((sight?.entries ?? []) as never)}::jsonb) as e(id bigint, sticky boolean)
      ), seen(id, sticky) as (
        (select c.id, true from collection c
         where c.instance_id = ${instanceId} and (${sight === null} or c.owner_user = ${sight?.ownerUser ?? 0})
         union select id, sticky from entry)
        union
        select c.id, s.sticky from seen s join collection c on c.instance_id = ${instanceId} and c.parent_id = s.id
        where ${sight !== null} and (s.sticky or not c.private_acl)
      )
      select c.id::float8 as id from collection c
      where c.instance_id = ${instanceId} and c.id in (select id from seen)
        and (${parent}::bigint is null or c.parent_id = ${parent})
        and (${below !== 'unseen'} or c.parent_id is null or c.parent_id not in (select id from seen))
      order by c.id limit ${limit} offset ${offset}`.execute()
    return rows.map(({ id }) => id)
  }

  async tallies(ids: readonly number[]): Promise<ReadonlyMap<number, Tally>> {
    const { sql, instanceId } = this
    const rows = await sql<(Tally & { id: number })[]>`
      with recursive down(top, id) as (
        select id, id from unnest(${[...ids]}::bigint[]) as w(id)
        union
        select d.top, c.id from down d join collection c on c.instance_id = ${instanceId} and c.parent_id = d.id
      ), held as (
        select o.collection_id as id, count(*) as held, bool_or(o.system_id is null) as remote from ${sql.unsafe(SEEN_MEMBERS)}
        where o.instance_id = ${instanceId} and o.collection_id in (select id from down) and ${sql.unsafe(IS_SEEN)} group by o.collection_id
      )
      select d.top::float8 as id, coalesce(sum(h.held) filter (where d.id = d.top), 0)::float8 as count,
        coalesce(sum(h.held), 0)::float8 as "countRecursive", bool_or(d.id <> d.top) as "hasChildren",
        coalesce(bool_or(h.remote) filter (where d.id = d.top), false) as "hasRemote"
      from down d left join held h on h.id = d.id group by d.top`.execute()
    return new Map(rows.map(({ id, ...tally }) => [id, tally]))
  }

  async displaynames(userIds: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const rows = await this.sql<{ id: number; login: string | null; email: string | null; data: Record<string, unknown> }[]>`
      select id::float8 as id, login, email, data from app_user
      where instance_id = ${this.instanceId} and id = any(${[...userIds]}::bigint[])`.execute()
    return new Map(rows.map((row) => [row.id, displaynameOf(row)]))
  }

  async pinCodes(userId: number): Promise<readonly PinCode[]> {
    const [row] = await this.sql<{ data: Record<string, unknown> }[]>`
      select data from app_user where instance_id = ${this.instanceId} and id = ${userId}`.execute()
    return pinCodesOf(row?.data ?? {})
  }

  async members(id: number, { limit, offset }: Page): Promise<Member[]> {
    return this.sql<Member[]>`
      select o.global_object_id as "globalId", o.system_id::float8 as "systemId", o.props from ${this.sql.unsafe(SEEN_MEMBERS)}
      where o.instance_id = ${this.instanceId} and o.collection_id = ${id} and ${this.sql.unsafe(IS_SEEN)}
      order by o.position, o.global_object_id limit ${limit} offset ${offset}`.execute()
  }

  async count(id: number): Promise<number> {
    const [row] = await this.sql<{ count: number }[]>`
      select count(*)::float8 as count from ${this.sql.unsafe(SEEN_MEMBERS)}
      where o.instance_id = ${this.instanceId} and o.collection_id = ${id} and ${this.sql.unsafe(IS_SEEN)}`.execute()
    return row?.count ?? 0
  }
}
