/** Storage locations of one instance, and where new files go. */
import { fail } from '@vitrine/domain/errors'
import type { LocationStore } from '@vitrine/domain/locations/location-store'
import type { LocationDefaults, LocationStatus, StorageLocation } from '@vitrine/domain/locations/location'
import { violatedConstraint } from './failures.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

const COLUMNS = `id::float8 as id, revision, name, kind, prefix, config, secrets, allow_purge as "allowPurge", allow_redirect as "allowRedirect",
  read_only as "readOnly", scrub_every_days as "scrubEveryDays", status, status_msg as "statusMsg", created_at as "createdAt"`

export class PostgresLocations implements LocationStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  list(): Promise<StorageLocation[]> {
    return this.#select((sql) => sql`order by id`)
  }

  async find(id: number): Promise<StorageLocation | undefined> {
    return (await this.#select((sql) => sql`and id = ${id}`))[0]
  }

  async save(location: Omit<StorageLocation, 'revision' | 'createdAt'>): Promise<StorageLocation> {
    const instance = this.#db.instanceId
    try {
      return await this.#db.write(async (sql) => {
        await this.#lock(sql)
        if (location.readOnly) await this.#demandNoDefault(sql, location.id)
        const [saved] = await sql<StorageLocation[]>`
          insert into storage_location as l (instance_id, id, revision, name, kind, prefix, config, secrets, allow_purge, allow_redirect, read_only,
            scrub_every_days, status, status_msg, checked_at)
          values (${instance}, ${location.id}, 1, ${location.name}, ${location.kind}, ${location.prefix}, ${sql.json(location.config as never)},
            ${location.secrets}, ${location.allowPurge}, ${location.allowRedirect}, ${location.readOnly}, ${location.scrubEveryDays},
            ${location.status}, ${location.statusMsg}, now())
          on conflict (instance_id, id) do update set revision = l.revision + 1, name = excluded.name, kind = excluded.kind, prefix = excluded.prefix,
            config = excluded.config, secrets = excluded.secrets, allow_purge = excluded.allow_purge, allow_redirect = excluded.allow_redirect,
            read_only = excluded.read_only, scrub_every_days = excluded.scrub_every_days, status = excluded.status,
            status_msg = excluded.status_msg, checked_at = excluded.checked_at
          returning ${sql.unsafe(COLUMNS)}`
        if (!saved) throw new Error('a location that was stored is not there')
        return saved
      })
    } catch (error) {
      if (violatedConstraint(error)?.name !== 'storage_location_name') throw error
      return fail('DatabaseUniqueKeyViolation', { name: location.name }, { cause: error })
    }
  }

  async setStatus(id: number, status: LocationStatus, message: string): Promise<void> {
    await this.#db.write(
      (sql) => sql`update storage_location set status = ${status}, status_msg = ${message}, checked_at = now()
        where instance_id = ${this.#db.instanceId} and id = ${id}`,
    )
  }

  async remove(id: number): Promise<boolean> {
    try {
      return await this.#db.write(async (sql) => {
        await this.#lock(sql)
        return (await sql`delete from storage_location where instance_id = ${this.#db.instanceId} and id = ${id}`).count === 1
      })
    } catch (error) {
      if (violatedConstraint(error)?.code !== '23503') throw error
      return fail('LocationInUse', { location: id, files: await this.#countFiles(id) }, { cause: error })
    }
  }

  async defaults(): Promise<LocationDefaults> {
    const rows = await this.#db.read(
      (sql) =>
        sql<{ purpose: keyof LocationDefaults; id: number }[]>`
          select purpose, location_id::float8 as id from storage_default where instance_id = ${this.#db.instanceId}`,
    )
    return { originals: null, versions: null, backups: null, ...Object.fromEntries(rows.map(({ purpose, id }) => [purpose, id])) }
  }

  async setDefaults(defaults: LocationDefaults): Promise<void> {
    const instance = this.#db.instanceId
    await this.#db.write(async (sql) => {
      await this.#lock(sql)
      for (const id of new Set(Object.values(defaults).filter((value) => value !== null))) {
        const [location] = await sql<{ read_only: boolean }[]>`select read_only from storage_location where instance_id = ${instance} and id = ${id}`
        if (!location) fail('ResourceNotFound', { resource: `location ${id}` })
        if (location.read_only) fail('LocationReadOnlyCannotBeDefault', { location: id })
      }
      await sql`delete from storage_default where instance_id = ${instance}`
      await sql`
        insert into storage_default (instance_id, purpose, location_id)
        select ${instance}, key, value::bigint from jsonb_each_text(${sql.json(defaults)}::jsonb) where value is not null`
    })
  }

  #lock(sql: TenantSql): Promise<unknown> {
    return sql`select pg_advisory_xact_lock(hashtextextended(${`locations of ${this.#db.instanceId}`}, 0))`
  }

  async #demandNoDefault(sql: TenantSql, id: number): Promise<void> {
    const used = await sql`select from storage_default where instance_id = ${this.#db.instanceId} and location_id = ${id}`
    if (used.length > 0) fail('LocationReadOnlyCannotBeDefault', { location: id })
  }

  async #countFiles(id: number): Promise<number> {
    const [row] = await this.#db.read(
      (sql) =>
        sql<[{ count: number }]>`select count(*)::float8 as count from file where instance_id = ${this.#db.instanceId} and location_id = ${id}`,
    )
    return row.count
  }

  async #select(rest: (sql: TenantSql) => ReturnType<TenantSql>): Promise<StorageLocation[]> {
    return this.#db.read(async (sql) => [
      ...(await sql<StorageLocation[]>`select ${sql.unsafe(COLUMNS)} from storage_location where instance_id = ${this.#db.instanceId} ${rest(sql)}`),
    ])
  }
}
