/** Access lists of collections and the records they reach. */
import type { StoredRules } from '@vitrine/domain/access/rules'
import type { Collection } from '@vitrine/domain/collections/collection'
import type { ListScope, Owner, Place, Reach, ReachedPlace, SharingSource } from '@vitrine/domain/collections/sharing-store'
import { displaynameOf, effectiveRights } from '@vitrine/domain/people/account'
import { holds, type SystemRights } from '@vitrine/domain/people/caller'
import { loadRules } from './access-rules.ts'
import { COLLECTION_COLUMNS, pinCodesOf } from './collections-read.ts'
import { SUBJECT_COLUMNS, type SubjectRow } from './collections-subjects.ts'
import { enqueueJobs } from './jobs.ts'
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

  /**
   * Collections whose lists, and those of the collections above them, are in question. `offset 0` keeps each step on its index:
   * right after an import the planner knows nothing of the tables.
   */
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
          select distinct other.collection_id
          from (select system_id from collection_object
                where instance_id = ${this.#id} and collection_id in (select id from below) and system_id is not null offset 0) mine
          cross join lateral (select collection_id from collection_object
                where instance_id = ${this.#id} and system_id = mine.system_id and not invalid offset 0) other)`
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

  async records(collectionIds: readonly number[], after: Place | null, limit: number, only: readonly number[] | null): Promise<ReachedPlace[]> {
    const sql = this.#sql
    const later = after === null ? sql`` : sql`and (collection_id, global_object_id) > (${after.collectionId}::bigint, ${after.globalId})`
    const among = only === null ? sql`` : sql`and system_id = any(${[...only]}::bigint[])`
    const places = await sql<(Place & { systemId: number })[]>`
      select collection_id::float8 as "collectionId", global_object_id as "globalId", system_id::float8 as "systemId" from collection_object
      where instance_id = ${this.#id} and collection_id = any(${[...collectionIds]}::bigint[]) and system_id is not null and not invalid
        ${later} ${among}
      order by collection_id, global_object_id limit ${limit}`.execute()
    // Asked for apart: a join that was planned while there were few records would look at all of them for each place.
    const ids = [...new Set(places.map(({ systemId }) => systemId))]
    const subjects = await sql<(SubjectRow & { systemId: number })[]>`
      select ${sql.unsafe(SUBJECT_COLUMNS)} from record r
      where r.instance_id = ${this.#id} and r.system_id = any(${ids}::bigint[]) and r.deleted_at is null`.execute()
    const bySystemId = new Map(subjects.map((subject) => [subject.systemId, subject]))
    return places.map(({ collectionId, globalId, systemId }) => ({ collectionId, globalId, subject: bySystemId.get(systemId) ?? null }))
  }

  checkLater(listIds: readonly number[]): Promise<void> {
    return enqueueJobs(this.#sql, [{ name: 'collections-check', payload: { lists: listIds } }])
  }

  async mark(ids: readonly number[], invalid: boolean): Promise<void> {
    await this.#sql`
      update collection set invalid_acl = ${invalid} where instance_id = ${this.#id} and id = any(${[...ids]}::bigint[])`.execute()
  }
}
