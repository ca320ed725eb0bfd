/** Locations of instances that are gone, seen only by those who remove instances. */
import type { Instance } from '@vitrine/domain/instances/instance'
import type { FormerLocation, FormerLocationStore } from '@vitrine/domain/locations/former-locations'
import type { Database } from './database.ts'
import { translated } from './failures.ts'
import { enqueueJobs } from './jobs.ts'

export class PostgresFormerLocations implements FormerLocationStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * Before the rows of an instance go. Left out is what must stay: places that are read only, and those elsewhere where nothing may
   * be purged. Harmless to repeat.
   */
  async note({ id, attributes }: Instance): Promise<void> {
    const locations = await this.#db.tenant(id).read(
      (sql) => sql`select id::text as l, kind as k, prefix as p, config as c, secrets as s from storage_location
        where instance_id = ${id} and not read_only and (kind = 'file' or allow_purge)`,
    )
    if (locations.length === 0) return
    const { control } = this.#db
    try {
      await control`
        insert into former_location (former_instance, location_id, kind, prefix, config, secrets, open_hosts)
        select ${id}, l, k, p, c, s, ${[...(attributes.openHosts ?? [])]}::text[]
        from jsonb_to_recordset(${control.json(locations as never)}::jsonb) as r(l bigint, k text, p text, c jsonb, s text)
        on conflict do nothing`
    } catch (error) {
      throw translated(error)
    }
  }

  /** Jobs of an instance go with it, so this one is added when it is gone. */
  async clear(id: string): Promise<void> {
    const locations = await this.left(id)
    if (locations && locations.length > 0) await this.again(id, 0)
  }

  /** Has everything cleared that is left, in case jobs were lost with a server. */
  async resume(): Promise<void> {
    for (const { id } of await this.#db.control<{ id: string }[]>`select distinct former_instance as id from former_location`) await this.clear(id)
  }

  async left(instanceId: string): Promise<readonly FormerLocation[] | null> {
    const { control } = this.#db
    try {
      const [registered] = await control`select from instance where id = ${instanceId}`
      if (registered) return null
      return await control<FormerLocation[]>`
        select former_instance as "instanceId", location_id::float8 as "locationId", kind, prefix, config, secrets, open_hosts as "openHosts", cleared
        from former_location where former_instance = ${instanceId} order by location_id`
    } catch (error) {
      throw translated(error)
    }
  }

  async cleared({ instanceId, locationId }: FormerLocation, enough: number): Promise<void> {
    const { control } = this.#db
    try {
      await control`
        update former_location set cleared = cleared + 1 where former_instance = ${instanceId} and location_id = ${locationId}`
      await control`
        delete from former_location where former_instance = ${instanceId} and location_id = ${locationId} and cleared >= ${enough}`
    } catch (error) {
      throw translated(error)
    }
  }

  again(instanceId: string, delaySeconds: number): Promise<void> {
    return this.#db.tenant(instanceId).write((sql) => enqueueJobs(sql, [{ name: 'instance-clear', payload: {}, delaySeconds }]))
  }
}
