/** Users and groups that documents name. */
import type { KnownPrincipal, PrincipalAddresses, Principals } from '@vitrine/domain/people/principals'
import type { TenantDatabase } from './tenant-database.ts'

export class PostgresPrincipals implements Principals {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  find({ users, groups }: PrincipalAddresses): Promise<KnownPrincipal[]> {
    const instance = this.#db.instanceId
    return this.#db.read(
      (sql) => sql<KnownPrincipal[]>`
        select 'user' as kind, id::float8 as id, reference from app_user
        where instance_id = ${instance} and archived_at is null
          and (id = any(${[...users.ids]}::bigint[]) or reference = any(${[...users.references]}::text[]))
        union all
        select 'group', id::float8, reference from app_group
        where instance_id = ${instance} and (id = any(${[...groups.ids]}::bigint[]) or reference = any(${[...groups.references]}::text[]))`,
    )
  }
}
