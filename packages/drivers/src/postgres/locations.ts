/** Storage locations of one instance, and where new files go. */
import { fail } from '@vitrine/domain/errors'
import type { FollowUp, LocationStore, SavedLocation } from '@vitrine/domain/locations/location-store'
import type { LocationDefaults, LocationStatus, StorageLocation } from '@vitrine/domain/locations/location'
import { violatedConstraint } from './failures.ts'
import { enqueueJobs } from './jobs.ts'
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

  add(location: SavedLocation, followUp: FollowUp): Promise<StorageLocation | undefined> {
    return this.#change(location, async (sql) => {
      const [added] = await sql<StorageLocation[]>`
        insert into storage_location as l ${this.#values(sql, location)} on conflict (instance_id, id) do nothing returning ${sql.unsafe(COLUMNS)}`
      if (added) await enqueueJobs(sql, followUp(added))
      return added
    })
  }

  save(location: SavedLocation, followUp: FollowUp, isSamePlace: (before: StorageLocation) => boolean): Promise<StorageLocation> {
    return this.#change(location, async (sql) => {
      const [before] = await sql<StorageLocation[]>`
        select ${sql.unsafe(COLUMNS)} from storage_location where instance_id = ${this.#db.instanceId} and id = ${location.id}`
      if (before && !isSamePlace(before)) await this.#demandUnused(sql, location.id)
      if (location.readOnly) await this.#demandNoDefault(sql, location.id)
      const [saved] = await sql<StorageLocation[]>`
        insert into storage_location as l ${this.#values(sql, location)}
        on conflict (instance_id, id) do update set revision = l.revision + 1, name = excluded.name, kind = excluded.kind, prefix = excluded.prefix,
          config = excluded.config, secrets = excluded.secrets, allow_purge = excluded.allow_purge, allow_redirect = excluded.allow_redirect,
          read_only = excluded.read_only, scrub_every_days = excluded.scrub_every_days, status = excluded.status,
          status_msg = excluded.status_msg, checked_at = excluded.checked_at
        returning ${sql.unsafe(COLUMNS)}`
      if (!saved) throw new Error('a location that was stored is not there')
      await enqueueJobs(sql, followUp(saved))
      return saved
    })
  }

  async isUsed(id: number): Promise<boolean> {
    const [row] = await this.#db.read(
      (sql) => sql<[{ used: boolean }]>`
        select exists (select from file where instance_id = ${this.#db.instanceId} and location_id = ${id}) as used`,
    )
    return row.used
  }

  async setStatus(id: number, status: LocationStatus, message: string): Promise<void> {
    await this.#db.write(
      (sql) => sql`update storage_location set status = ${status}, status_msg = ${message}, checked_at = now()
        where instance_id = ${this.#db.instanceId} and id = ${id}`,
    )
  }

  async remove(id: number): Promise<boolean> {
    const instance = this.#db.instanceId
    return this.#db.write(async (sql) => {
      await lockLocations(sql, instance)
      const defaults = await this.#defaultsAt(sql, id)
      if (defaults.length > 0) fail('LocationInUse', { location: id, files: await this.#countFiles(sql, id), defaults })
      await this.#demandUnused(sql, id)
      // What the journal still names is left where it is: nobody will know of the place any more.
      await sql`delete from file_journal where instance_id = ${instance} and location_id = ${id} and not_before <= now()`
      return (await sql`delete from storage_location where instance_id = ${instance} and id = ${id}`).count === 1
    })
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
      await lockLocations(sql, instance)
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

  async #change<T>({ kind, name }: SavedLocation, change: (sql: TenantSql) => Promise<T>): Promise<T> {
    try {
      return await this.#db.write(async (sql) => {
        await lockLocations(sql, this.#db.instanceId)
        return change(sql)
      })
    } catch (error) {
      if (violatedConstraint(error)?.name !== 'storage_location_name') throw error
      return fail('LocationConfigInvalid', { kind, msg: `there is a location ${name} already` }, { cause: error })
    }
  }

  #values(sql: TenantSql, location: SavedLocation) {
    return sql`(instance_id, id, revision, name, kind, prefix, config, secrets, allow_purge, allow_redirect, read_only, scrub_every_days,
        status, status_msg, checked_at)
      values (${this.#db.instanceId}, ${location.id}, 1, ${location.name}, ${location.kind}, ${location.prefix}, ${sql.json(location.config)},
        ${location.secrets}, ${location.allowPurge}, ${location.allowRedirect}, ${location.readOnly}, ${location.scrubEveryDays},
        ${location.status}, ${location.statusMsg}, now())`
  }

  /** Nothing lies there, nothing is on its way there, and nobody is at work on it. Journal lines that are due are rests. */
  async #demandUnused(sql: TenantSql, id: number): Promise<void> {
    const instance = this.#db.instanceId
    const [task] = await sql<{ kind: string }[]>`
      select kind from storage_task where instance_id = ${instance} and (location_id = ${id} or target_id = ${id}) and ended_at is null limit 1`
    if (task) fail('LocationBusy', { location: id, work: task.kind })
    const [{ used }] = await sql<[{ used: boolean }]>`
      select exists (select from file where instance_id = ${instance} and location_id = ${id})
        or exists (select from file_upload where instance_id = ${instance} and location_id = ${id})
        or exists (select from file_journal where instance_id = ${instance} and location_id = ${id} and not_before > now()) as used`
    if (used) fail('LocationInUse', { location: id, files: await this.#countFiles(sql, id) })
  }

  async #demandNoDefault(sql: TenantSql, id: number): Promise<void> {
    if ((await this.#defaultsAt(sql, id)).length > 0) fail('LocationReadOnlyCannotBeDefault', { location: id })
  }

  async #defaultsAt(sql: TenantSql, id: number): Promise<string[]> {
    const rows = await sql<{ purpose: string }[]>`
      select purpose from storage_default where instance_id = ${this.#db.instanceId} and location_id = ${id} order by purpose`
    return rows.map(({ purpose }) => purpose)
  }

  async #countFiles(sql: TenantSql, id: number): Promise<number> {
    const [row] = await sql<[{ count: number }]>`
      select count(*)::float8 as count from file where instance_id = ${this.#db.instanceId} and location_id = ${id}`
    return row.count
  }

  async #select(rest: (sql: TenantSql) => ReturnType<TenantSql>): Promise<StorageLocation[]> {
    return this.#db.read(async (sql) => [
      ...(await sql<StorageLocation[]>`select ${sql.unsafe(COLUMNS)} from storage_location where instance_id = ${this.#db.instanceId} ${rest(sql)}`),
    ])
  }
}

/** What changes locations, defaults and work on them takes turns: each looks at all three. */
export function lockLocations(sql: TenantSql, instance: string): Promise<unknown> {
  return sql`select pg_advisory_xact_lock(hashtextextended(${`locations of ${instance}`}, 0))`
}
