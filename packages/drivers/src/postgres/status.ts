import type { StatusStore } from '@vitrine/domain/system/status'
import type { TenantDatabase } from './tenant-database.ts'

export class PostgresStatusStore implements StatusStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  async countRecords(): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#db.read(
      (sql) =>
        sql<
          { table: number; total: number }[]
        >`select table_id as table, count(*)::int as total from record where deleted_at is null group by table_id`,
    )
    return new Map(rows.map((row) => [row.table, row.total]))
  }

  async countBasetypes(): Promise<Record<'group' | 'pool' | 'user', number>> {
    const [row] = await this.#db.read(
      (sql) => sql<[Record<'group' | 'pool' | 'user', number>]>`
        select (select count(*)::int from app_group) as "group", (select count(*)::int from pool) as pool, (select count(*)::int from app_user) as "user"`,
    )
    return row
  }
}
