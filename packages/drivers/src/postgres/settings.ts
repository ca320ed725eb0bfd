/** Named values of an instance. */
import { and, eq } from 'drizzle-orm'
import type { SettingStore } from '@vitrine/domain/ports/settings'
import { setting } from './schema/administration.ts'
import type { TenantDatabase } from './tenant-database.ts'

export class PostgresSettings implements SettingStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  read(name: string): Promise<Readonly<Record<string, unknown>> | null> {
    return this.#db.orm(async (db) => {
      const [row] = await db
        .select({ value: setting.value })
        .from(setting)
        .where(and(eq(setting.instanceId, this.#db.instanceId), eq(setting.name, name)))
      return row?.value ?? null
    })
  }

  addOnce(name: string, value: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    return this.#db.orm(async (db) => {
      await db.insert(setting).values({ instanceId: this.#db.instanceId, name, value }).onConflictDoNothing()
      const [row] = await db
        .select({ value: setting.value })
        .from(setting)
        .where(and(eq(setting.instanceId, this.#db.instanceId), eq(setting.name, name)))
      return row?.value ?? value
    })
  }
}
