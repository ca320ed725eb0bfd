/** People as files name them. */
import type { UploaderNames } from '@vitrine/domain/files/files'
import { displaynameOf } from '@vitrine/domain/people/account'
import type { TenantDatabase } from './tenant-database.ts'

export interface UploaderRow {
  id: number
  login: string | null
  email: string | null
  data: Record<string, unknown>
}

export class PostgresUploaders implements UploaderNames {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  async short(ids: readonly number[]) {
    if (ids.length === 0) return new Map<number, never>()
    const rows = await this.#db.read(
      (sql) =>
        sql<
          UploaderRow[]
        >`select id::float8 as id, login, email, data from app_user where instance_id = ${this.#db.instanceId} and id = any(${[...ids]}::bigint[])`,
    )
    return uploadersById(rows)
  }
}

export const uploadersById = (rows: readonly UploaderRow[]) =>
  new Map(rows.map((row) => [row.id, { _basetype: 'user' as const, user: { _id: row.id, _generated_displayname: displaynameOf(row) } }]))
