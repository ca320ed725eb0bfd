/** Groups of an instance. */
import { fail } from '@vitrine/domain/errors'
import type { Trail } from '@vitrine/domain/events/new-event'
import type { SystemRights } from '@vitrine/domain/people/caller'
import type { GroupFilter, GroupStore, GroupWrite, Settle, StoredGroup } from '@vitrine/domain/people/user-store'
import { raiseConfigRevision } from './config-revision.ts'
import { passOn } from './estates.ts'
import { insertTrail } from './events-insert.ts'
import { violatedConstraint } from './failures.ts'
import { sharedGroundOn } from './shared-ground.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

/** A group as JSON built in the database: times are texts there. */
export interface GroupJson {
  id: number
  version: number
  type: string
  reference: string | null
  data: Record<string, unknown>
  systemRights: SystemRights
  createdAt: string
  updatedAt: string
}

/** The group `g` as one JSON object. */
export const groupJson = (sql: TenantSql) => sql`jsonb_build_object('id', g.id, 'version', g.version, 'type', g.type, 'reference', g.reference,
  'data', g.data, 'systemRights', g.system_rights, 'createdAt', g.created_at, 'updatedAt', g.updated_at)`

export const groupOf = (json: GroupJson): StoredGroup => ({ ...json, createdAt: new Date(json.createdAt), updatedAt: new Date(json.updatedAt) })

export class PostgresGroups implements GroupStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  list({ limit, offset, type }: GroupFilter): Promise<StoredGroup[]> {
    return this.#db.read(async (sql) => {
      const rows = await sql<{ json: GroupJson }[]>`
        select ${groupJson(sql)} as json from app_group g
        where g.instance_id = ${this.#db.instanceId} and (${type ?? null}::text is null or g.type = ${type ?? null})
        order by g.id limit ${limit} offset ${offset}`
      return rows.map((row) => groupOf(row.json))
    })
  }

  find({ ids, references }: { readonly ids: readonly number[]; readonly references: readonly string[] }): Promise<StoredGroup[]> {
    return this.#db.read(async (sql) => {
      const rows = await sql<{ json: GroupJson }[]>`
        select ${groupJson(sql)} as json from app_group g
        where g.instance_id = ${this.#db.instanceId} and (g.id = any(${[...ids]}::bigint[]) or g.reference = any(${[...references]}::text[]))`
      return rows.map((row) => groupOf(row.json))
    })
  }

  async save(groups: readonly GroupWrite[], trail: Trail, settle: Settle): Promise<void> {
    try {
      await this.#db.write(async (sql) => {
        await this.#store(sql, groups)
        await insertTrail(sql, this.#db.instanceId, trail)
        await settle(sharedGroundOn(sql, this.#db.instanceId))
      })
    } catch (error) {
      if (violatedConstraint(error)?.name === 'app_group_reference') fail('DatabaseUniqueKeyViolation', { name: 'reference' }, { cause: error })
      throw error
    }
  }

  async #store(sql: TenantSql, groups: readonly GroupWrite[]): Promise<void> {
    const id = this.#db.instanceId
    const batch = sql.json(groups as never)
    const row = sql`jsonb_to_recordset(${batch}) as s(id bigint, version int, type text, reference text, data jsonb, "systemRights" jsonb)`
    await sql`
      insert into app_group (instance_id, id, version, type, reference, data, system_rights)
      select ${id}, s.id, s.version, s.type, s.reference, s.data, s."systemRights" from ${row} where s.version = 1`
    const updated = await sql`
      update app_group g set version = s.version, reference = s.reference, data = s.data, system_rights = s."systemRights", updated_at = now()
      from ${row} where g.instance_id = ${id} and g.id = s.id and g.version = s.version - 1 and s.version > 1`
    if (updated.count !== groups.filter((group) => group.version > 1).length) overtaken('group', groups)
  }

  async remove(id: number, heir: string, trail: Trail, settle: Settle): Promise<void> {
    const { instanceId } = this.#db
    await this.#db.write(async (sql) => {
      await passOn(sql, instanceId, { kind: 'group', id, heir }, trail.actor)
      const removed = await sql`delete from app_group where instance_id = ${instanceId} and id = ${id}`
      if (removed.count === 0) return
      await insertTrail(sql, instanceId, trail)
      await settle(sharedGroundOn(sql, instanceId))
      await raiseConfigRevision(sql, instanceId)
    })
  }
}

/** Somebody has saved between reading and writing. */
export function overtaken(object: string, writes: readonly { readonly version: number }[]): never {
  const received = Math.max(...writes.map((write) => write.version))
  return fail('VersionMismatch', {
    currentversion: received,
    receivedversion: received,
    expectedversion: received + 1,
    got: received,
    expected: received + 1,
    object,
  })
}
