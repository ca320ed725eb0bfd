/** Named values of an instance. */
import type { SettingStore } from '@vitrine/domain/ports/settings'
import type { TenantDatabase } from './tenant-database.ts'

type Value = Readonly<Record<string, unknown>>

export class PostgresSettings implements SettingStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  async read(name: string): Promise<Value | null> {
    const [row] = await this.#db.read(
      (sql) => sql<{ value: Value }[]>`select value from setting where instance_id = ${this.#db.instanceId} and name = ${name}`,
    )
    return row?.value ?? null
  }

  /** Of two servers that add one at the same moment, the first wins and both get its value. */
  async addOnce(name: string, value: Value): Promise<Value> {
    await this.#db.write(
      (sql) => sql`
        insert into setting (instance_id, name, value) values (${this.#db.instanceId}, ${name}, ${sql.json(value as never)}::jsonb)
        on conflict do nothing`,
    )
    return (await this.read(name)) ?? value
  }

  async replace(name: string, value: Value & { readonly version: number }): Promise<boolean> {
    const [id, json] = [this.#db.instanceId, value as never]
    const rows = await this.#db.write((sql) =>
      value.version === 1
        ? sql`insert into setting (instance_id, name, value) values (${id}, ${name}, ${sql.json(json)}::jsonb) on conflict do nothing returning 1`
        : sql`
          update setting set value = ${sql.json(json)}::jsonb
          where instance_id = ${id} and name = ${name} and (value->>'version')::int = ${value.version - 1} returning 1`,
    )
    return rows.length > 0
  }
}
