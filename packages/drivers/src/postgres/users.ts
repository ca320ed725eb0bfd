/** Users of an instance, with their groups in one statement. */
import { fail } from '@vitrine/domain/errors'
import type { Trail } from '@vitrine/domain/events/new-event'
import { displaynameOf } from '@vitrine/domain/people/account'
import type { SystemRights } from '@vitrine/domain/people/caller'
import type { Settle, StoredUser, UserFilter, UserStore, UserWrite } from '@vitrine/domain/people/user-store'
import { raiseConfigRevision } from './config-revision.ts'
import { passOn } from './estates.ts'
import { insertTrail } from './events-insert.ts'
import { violatedConstraint } from './failures.ts'
import { groupJson, groupOf, overtaken, type GroupJson } from './groups.ts'
import { sharedGroundOn } from './shared-ground.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

interface Row {
  id: string
  version: number
  type: string
  login: string | null
  email: string | null
  reference: string | null
  password_hash: string | null
  data: Record<string, unknown>
  system_rights: SystemRights
  created_at: Date
  updated_at: Date
  archived_at: Date | null
  last_seen_at: Date | null
  groups: GroupJson[]
}

const columns = (sql: TenantSql) => sql`
  u.id, u.version, u.type, u.login, u.email, u.reference, u.password_hash, u.data, u.system_rights, u.created_at, u.updated_at, u.archived_at, u.last_seen_at,
  coalesce((select jsonb_agg(${groupJson(sql)} order by g.id) from membership m join app_group g on g.instance_id = m.instance_id and g.id = m.group_id
    where m.instance_id = u.instance_id and m.user_id = u.id), '[]'::jsonb) as groups`

export class PostgresUsers implements UserStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  list(filter: UserFilter): Promise<StoredUser[]> {
    return this.#db.read(async (sql) => {
      const { groupIds, type, changedSince, archivedSince, among } = filter
      const conditions = [
        sql`u.instance_id = ${this.#db.instanceId}`,
        ...(among === undefined ? [] : [sql`(u.id = any(${[...among.ids]}::bigint[]) or ${this.#inGroups(sql, among.groupIds)})`]),
        ...(type === undefined ? [] : [sql`u.type = ${type}`]),
        ...(changedSince === undefined ? [] : [sql`u.updated_at > ${changedSince}`]),
        ...(archivedSince === undefined ? [] : [archivedSince === null ? sql`u.archived_at is null` : sql`u.archived_at > ${archivedSince}`]),
        ...(groupIds === undefined ? [] : [this.#inGroups(sql, groupIds)]),
      ]
      const where = conditions.reduce((all, condition) => sql`${all} and ${condition}`)
      const rows = await sql<Row[]>`select ${columns(sql)} from app_user u where ${where} order by u.id limit ${filter.limit} offset ${filter.offset}`
      return rows.map(userOf)
    })
  }

  naming({
    userId,
    groupIds,
  }: {
    readonly userId: number
    readonly groupIds: readonly number[]
  }): Promise<Pick<StoredUser, 'id' | 'type' | 'data'>[]> {
    const people = [{ user: { _id: userId } }, ...groupIds.map((id) => ({ group: { _id: id } }))]
    const named = [...people.flatMap((who) => [{ _owner: who }, { _acl: [{ who }] }])].map((pattern) => JSON.stringify(pattern))
    return this.#db.read(
      (sql) => sql<Pick<StoredUser, 'id' | 'type' | 'data'>[]>`
        select u.id::float8 as id, u.type, u.data from app_user u
        where u.instance_id = ${this.#db.instanceId} and u.data @> any(${named}::text[]::jsonb[])`,
    )
  }

  find({ ids, references }: { readonly ids: readonly number[]; readonly references: readonly string[] }): Promise<StoredUser[]> {
    return this.#db.read(async (sql) => {
      const rows = await sql<Row[]>`
        select ${columns(sql)} from app_user u
        where u.instance_id = ${this.#db.instanceId} and (u.id = any(${[...ids]}::bigint[]) or u.reference = any(${[...references]}::text[]))`
      return rows.map(userOf)
    })
  }

  async save(users: readonly UserWrite[], trail: Trail, settle: Settle): Promise<void> {
    try {
      await this.#db.write(async (sql) => {
        await this.#store(sql, users)
        await insertTrail(sql, this.#db.instanceId, trail)
        await settle(sharedGroundOn(sql, this.#db.instanceId))
      })
    } catch (error) {
      const name = violatedConstraint(error)?.name
      if (name === 'app_user_login') await this.#duplicate('login', users, error)
      if (name === 'app_user_email') await this.#duplicate('email', users, error)
      if (name === 'app_user_reference') fail('ServerGeneric', { msg: 'another user has this reference' }, { cause: error })
      throw error
    }
  }

  async archive(id: number, at: Date | null, trail: Trail): Promise<void> {
    const instanceId = this.#db.instanceId
    await this.#db.write(async (sql) => {
      await sql`update app_user set archived_at = ${at}, version = version + 1, updated_at = now() where instance_id = ${instanceId} and id = ${id}`
      if (at !== null) await sql`delete from token where instance_id = ${instanceId} and user_id = ${id}`
      await insertTrail(sql, instanceId, trail)
    })
  }

  async remove(id: number, heir: string, trail: Trail, settle: Settle): Promise<void> {
    const instanceId = this.#db.instanceId
    await this.#db.write(async (sql) => {
      await passOn(sql, instanceId, { kind: 'user', id, heir }, trail.actor)
      const removed = await sql`delete from app_user where instance_id = ${instanceId} and id = ${id}`
      if (removed.count === 0) return
      await insertTrail(sql, instanceId, trail)
      await settle(sharedGroundOn(sql, instanceId))
      await raiseConfigRevision(sql, instanceId)
    })
  }

  #inGroups(sql: TenantSql, ids: readonly number[]) {
    return sql`exists (select 1 from membership f where f.instance_id = u.instance_id and f.user_id = u.id and f.group_id = any(${[...ids]}::bigint[]))`
  }

  async #store(sql: TenantSql, users: readonly UserWrite[]): Promise<void> {
    const id = this.#db.instanceId
    const batch = sql.json(users as never)
    const row = sql`jsonb_to_recordset(${batch}) as s(id bigint, version int, type text, login text, email text, reference text, "passwordHash" text,
      data jsonb, "systemRights" jsonb, "groupIds" jsonb, "endTokens" boolean)`
    await sql`
      insert into app_user (instance_id, id, version, type, login, email, reference, password_hash, data, system_rights)
      select ${id}, s.id, s.version, s.type, s.login, s.email, s.reference, s."passwordHash", s.data, s."systemRights" from ${row} where s.version = 1`
    const updated = await sql`
      update app_user u set version = s.version, login = s.login, email = s.email, reference = s.reference, password_hash = s."passwordHash",
        data = s.data, system_rights = s."systemRights", updated_at = now()
      from ${row} where u.instance_id = ${id} and u.id = s.id and u.version = s.version - 1 and s.version > 1`
    if (updated.count !== users.filter((user) => user.version > 1).length) overtaken('user', users)
    await sql`delete from membership m using ${row} where m.instance_id = ${id} and m.user_id = s.id and jsonb_typeof(s."groupIds") = 'array'`
    await sql`
      insert into membership (instance_id, group_id, user_id)
      select ${id}, g.id::bigint, s.id from ${row} cross join lateral jsonb_array_elements_text(case when jsonb_typeof(s."groupIds") = 'array' then s."groupIds" else '[]' end) as g(id)`
    await sql`delete from token t using ${row} where t.instance_id = ${id} and t.user_id = s.id and s."endTokens"`
  }

  /** Says whom the value belongs to, in the database or in the same request. */
  async #duplicate(column: 'login' | 'email', users: readonly UserWrite[], cause: unknown): Promise<never> {
    const wanted = users.flatMap((user) => user[column]?.toLowerCase() ?? [])
    const ids = users.map((user) => user.id)
    const holders = await this.#db.read(
      (sql) => sql<Row[]>`
        select ${columns(sql)} from app_user u
        where u.instance_id = ${this.#db.instanceId} and lower(u.${sql(column)}) = any(${wanted}) and u.id <> all(${ids}::bigint[])`,
    )
    const [holder] = holders.map(userOf)
    const value = holder?.[column] ?? wanted.find((text, i) => wanted.indexOf(text) !== i) ?? wanted[0] ?? ''
    const name = holder ? displaynameOf(holder) : value
    return column === 'login'
      ? fail('UserDuplicateLogin', { login: value, name }, { cause })
      : fail('UserDuplicateEmail', { email: value, name }, { cause })
  }
}

const userOf = (row: Row): StoredUser => ({
  id: Number(row.id),
  version: row.version,
  type: row.type,
  login: row.login,
  email: row.email,
  reference: row.reference,
  passwordHash: row.password_hash,
  data: row.data,
  systemRights: row.system_rights,
  groups: row.groups.map(groupOf),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  archivedAt: row.archived_at,
  lastSeenAt: row.last_seen_at,
})
