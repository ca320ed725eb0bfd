/** Records that link files, as the rights engine wants to know them. */
import type { AccessSource } from '@vitrine/domain/access/access'
import type { FileSubjects, LinkingRecord } from '@vitrine/domain/files/file-rights'
import { PostgresAccessSource } from './access-source.ts'
import type { TenantDatabase } from './tenant-database.ts'

export class PostgresFileSubjects implements FileSubjects {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  withRecords<T>(systemIds: readonly number[], work: (records: readonly LinkingRecord[], source: AccessSource) => Promise<T>): Promise<T> {
    const instance = this.#db.instanceId
    return this.#db.read(async (sql) => {
      const records = await sql<LinkingRecord[]>`
        select system_id::float8 as "systemId", uuid, table_id as "tableId", pool_id::float8 as "poolId", parent_id::float8 as "parentId",
          tags::float8[] as tags, owner_user::float8 as "ownerUser", owner_group::float8 as "ownerGroup", private_acl as "privateAcl", acl
        from record where instance_id = ${instance} and system_id = any(${systemIds as number[]}::bigint[]) and deleted_at is null`
      return work(records, new PostgresAccessSource(sql, instance))
    })
  }
}
