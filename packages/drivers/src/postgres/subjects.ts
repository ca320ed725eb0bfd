/** Records as the rights engine wants to know them. */
import type { AccessSource, AccessSubject } from '@vitrine/domain/access/access'
import type { SubjectStore } from '@vitrine/domain/db-info/subject-store'
import { PostgresAccessSource } from './access-source.ts'
import type { TenantDatabase } from './tenant-database.ts'

export class PostgresSubjects implements SubjectStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  withSubjects<T>(
    tableId: number,
    objectIds: readonly number[],
    work: (subjects: readonly AccessSubject[], source: AccessSource) => Promise<T>,
  ): Promise<T> {
    const instance = this.#db.instanceId
    return this.#db.read(async (sql) => {
      const subjects = await sql<AccessSubject[]>`
        select system_id::float8 as "systemId", table_id as "tableId", pool_id::float8 as "poolId", parent_id::float8 as "parentId",
          tags::float8[] as tags, owner_user::float8 as "ownerUser", owner_group::float8 as "ownerGroup", private_acl as "privateAcl", acl
        from record
        where instance_id = ${instance} and table_id = ${tableId} and object_id = any(${objectIds as number[]}::bigint[]) and deleted_at is null`
      return work(subjects, new PostgresAccessSource(sql, instance))
    })
  }
}
