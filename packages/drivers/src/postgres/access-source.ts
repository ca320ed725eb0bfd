/** What the rights engine asks about a batch of records, on a connection that is open already. */
import type { AccessAncestor, AccessSource } from '@vitrine/domain/access/access'
import type { TenantSql } from './tenant-database.ts'

interface AncestorRow {
  id: number
  parentId: number | null
  privateAcl: boolean
  acl: AccessAncestor['acl']
  ownerUser: number | null
  ownerGroup: number | null
}

export class PostgresAccessSource implements AccessSource {
  readonly #sql: TenantSql
  readonly #id: string

  constructor(sql: TenantSql, instanceId: string) {
    this.#sql = sql
    this.#id = instanceId
  }

  async ancestors(systemIds: readonly number[]): Promise<ReadonlyMap<number, AccessAncestor>> {
    // `union` drops what was seen before, so the walk ends inside a circle as well.
    const sql = this.#sql
    const rows = await sql<AncestorRow[]>`
      with recursive above(id) as (
        select unnest(${systemIds as number[]}::bigint[])
        union
        select r.parent_id from above join record r on r.instance_id = ${this.#id} and r.system_id = above.id where r.parent_id is not null
      )
      select r.system_id::float8 as id, r.parent_id::float8 as "parentId", r.private_acl as "privateAcl", r.acl,
             r.owner_user::float8 as "ownerUser", r.owner_group::float8 as "ownerGroup"
      from above cross join lateral (select * from record where instance_id = ${this.#id} and system_id = above.id offset 0) r`.execute()
    return new Map(rows.map(({ id, ...ancestor }) => [id, ancestor]))
  }

  async memberships(systemIds: readonly number[], collectionIds: readonly number[]): Promise<ReadonlyMap<number, readonly number[]>> {
    // A record that does not qualify for the collection (any more) gets nothing from it.
    const sql = this.#sql
    const rows = await sql<{ id: number; collections: number[] }[]>`
      select p.id::float8 as id, m.collections
      from unnest(${systemIds as number[]}::bigint[]) p(id) cross join lateral (
        select jsonb_agg(collection_id) as collections from collection_object
        where instance_id = ${this.#id} and system_id = p.id and collection_id = any(${collectionIds as number[]}::bigint[]) and not invalid) m
      where m.collections is not null`.execute()
    return new Map(rows.map(({ id, collections }) => [id, collections]))
  }
}
