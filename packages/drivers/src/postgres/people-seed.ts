/** The first rows of an instance. */
import type { SeededGroup, SeededUser, SeedStore } from '@vitrine/domain/people/seed'
import type { TenantDatabase } from './tenant-database.ts'

export class PostgresPeopleSeed implements SeedStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  references(): Promise<ReadonlySet<string>> {
    return this.#db.read(async (sql) => {
      const id = this.#db.instanceId
      const rows = await sql<{ key: string }[]>`
        select 'user/' || reference as key from app_user where instance_id = ${id} and reference is not null
        union all select 'group/' || reference from app_group where instance_id = ${id} and reference is not null`
      return new Set(rows.map((row) => row.key))
    })
  }

  async seed(users: readonly SeededUser[], groups: readonly SeededGroup[]): Promise<void> {
    const id = this.#db.instanceId
    await this.#db.write(async (sql) => {
      await sql`
        insert into app_group (instance_id, id, version, type, reference, data, system_rights)
        select ${id}, g.id, 1, 'system', g.reference, g.data, g."systemRights"
        from jsonb_to_recordset(${sql.json(groups as never)}) as g(id bigint, reference text, data jsonb, "systemRights" jsonb)
        on conflict do nothing`
      await sql`
        insert into app_user (instance_id, id, version, type, login, reference, password_hash, data, system_rights)
        select ${id}, u.id, 1, u.type, u.login, u.reference, u."passwordHash", u.data, u."systemRights"
        from jsonb_to_recordset(${sql.json(users as never)}) as u(id bigint, type text, login text, reference text, "passwordHash" text, data jsonb, "systemRights" jsonb)
        on conflict do nothing`
      await sql`
        insert into membership (instance_id, group_id, user_id)
        select ${id}, g.id, u.id
        from jsonb_to_recordset(${sql.json(users as never)}) as s(reference text, "groupReferences" jsonb)
        join app_user u on u.instance_id = ${id} and u.reference = s.reference
        join app_group g on g.instance_id = ${id} and g.reference in (select jsonb_array_elements_text(s."groupReferences"))
        on conflict do nothing`
    })
  }
}
