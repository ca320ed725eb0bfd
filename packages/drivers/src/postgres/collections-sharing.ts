/** Access lists of collections and the records they reach. */
import type { StoredRules } from '@vitrine/domain/access/rules'
import type { Collection } from '@vitrine/domain/collections/collection'
import type { ListScope, Owner, Place, Reach, ReachedRecord, SharingSource } from '@vitrine/domain/collections/sharing-store'
import { displaynameOf, effectiveRights } from '@vitrine/domain/people/account'
import { holds, type SystemRights } from '@vitrine/domain/people/caller'
import { loadRules } from './access-rules.ts'
import { COLLECTION_COLUMNS, pinCodesOf } from './collections-read.ts'
import { SUBJECT_COLUMNS, type SubjectRow } from './collections-subjects.ts'
import type { TenantSql } from './tenant-database.ts'

interface OwnerRow {
  id: number
  login: string | null
  email: string | null
  data: Record<string, unknown>
  systemRights: SystemRights
  groups: { id: number; systemRights: SystemRights }[]
}

export class PostgresSharing implements SharingSource {
  readonly #sql: TenantSql
  readonly #id: string

  constructor(sql: TenantSql, instanceId: string) {
    this.#sql = sql
    this.#id = instanceId
  }

  async lock(kind: 'shared' | 'alone'): Promise<void> {
    const key = `sharing of ${this.#id}`
    if (kind === 'alone') await this.#sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute()
    else await this.#sql`select pg_advisory_xact_lock_shared(hashtextextended(${key}, 0))`.execute()
  }

  rules(): Promise<StoredRules> {
    return loadRules(this.#sql, this.#id)
  }

  async owners(userIds: readonly number[]): Promise<Owner[]> {
    const rows = await this.#sql<OwnerRow[]>`
      select u.id::float8 as id, u.login, u.email, u.data, u.system_rights as "systemRights",
        coalesce((select jsonb_agg(jsonb_build_object('id', g.id, 'systemRights', g.system_rights))
          from membership m join app_group g on g.instance_id = m.instance_id and g.id = m.group_id
          where m.instance_id = u.instance_id and m.user_id = u.id), '[]'::jsonb) as groups
      from app_user u where u.instance_id = ${this.#id} and u.id = any(${[...userIds]}::bigint[])`.execute()
    return rows.map((row) => ({
      userId: row.id,
      groupIds: row.groups.map(({ id }) => id),
      root: holds(
        effectiveRights({ systemRights: row.systemRights, groups: row.groups.map((group) => ({ ...group, reference: null, data: {} })) }),
        'system.root',
      ),
      displayname: displaynameOf(row),
      pinCodes: pinCodesOf(row.data),
    }))
  }

  async lists(scope: ListScope): Promise<Collection[]> {
    const sql = this.#sql
    return sql<Collection[]>`
      with recursive ${this.#start(scope)}, up(id, parent_id) as (
        select c.id, c.parent_id from start s join collection c on c.instance_id = ${this.#id} and c.id = s.id
        union
        select c.id, c.parent_id from up join collection c on c.instance_id = ${this.#id} and c.id = up.parent_id
      )
      select ${sql.unsafe(COLLECTION_COLUMNS)} from collection c
      where c.instance_id = ${this.#id} and c.acl is not null and c.id in (select id from up) order by c.id`.execute()
  }

  /** Collections whose lists, and those of the collections above them, are in question. */
  #start(scope: ListScope) {
    const sql = this.#sql
    switch (scope.by) {
      case 'records':
        return sql`start(id) as (
          select distinct collection_id from collection_object
          where instance_id = ${this.#id} and system_id = any(${[...scope.systemIds]}::bigint[]) and not invalid)`
      case 'tree':
        return sql`start(id) as (
          select unnest(${[...scope.ids]}::bigint[])
          union
          select c.id from start s join collection c on c.instance_id = ${this.#id} and c.parent_id = s.id)`
      case 'neighbours':
        return sql`below(id) as (
          select unnest(${[...scope.ids]}::bigint[])
          union
          select c.id from below b join collection c on c.instance_id = ${this.#id} and c.parent_id = b.id
        ), start(id) as (
          select distinct other.collection_id from collection_object mine
          join collection_object other on other.instance_id = ${this.#id} and other.system_id = mine.system_id and not other.invalid
          where mine.instance_id = ${this.#id} and mine.collection_id in (select id from below) and mine.system_id is not null)`
      case 'all':
        return sql`start(id) as (select id from collection where instance_id = ${this.#id} and acl is not null)`
    }
  }

  async reach(listIds: readonly number[]): Promise<Reach[]> {
    return this.#sql<Reach[]>`
      with recursive down(list, id, cut) as (
        select id, id, false from unnest(${[...listIds]}::bigint[]) as w(id)
        union
        select d.list, c.id, d.cut or c.private_acl from down d join collection c on c.instance_id = ${this.#id} and c.parent_id = d.id
      )
      select list::float8 as list, id::float8 as id, cut as "onlySticky" from down`.execute()
  }

  async records(collectionIds: readonly number[], after: Place | null, limit: number, only: readonly number[] | null): Promise<ReachedRecord[]> {
    const sql = this.#sql
    const rows = await sql<(SubjectRow & Place)[]>`
      select o.collection_id::float8 as "collectionId", o.global_object_id as "globalId", ${sql.unsafe(SUBJECT_COLUMNS)}
      from collection_object o join record r on r.instance_id = o.instance_id and r.system_id = o.system_id and r.deleted_at is null
      where o.instance_id = ${this.#id} and o.collection_id = any(${[...collectionIds]}::bigint[]) and not o.invalid
        and (${after === null} or (o.collection_id, o.global_object_id) > (${after?.collectionId ?? 0}::bigint, ${after?.globalId ?? ''}))
        and (${only === null} or o.system_id = any(${[...(only ?? [])]}::bigint[]))
      order by o.collection_id, o.global_object_id limit ${limit}`.execute()
    return rows.map(({ collectionId, globalId, ...subject }) => ({ collectionId, globalId, subject }))
  }

  async mark(ids: readonly number[], invalid: boolean): Promise<void> {
    await this.#sql`
      update collection set invalid_acl = ${invalid} where instance_id = ${this.#id} and id = any(${[...ids]}::bigint[])`.execute()
  }
}
