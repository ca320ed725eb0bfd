/** Named sets of rights. */
import type { Trail } from '@vitrine/domain/events/new-event'
import type { PresetContext, RightPresetStore, StoredPreset } from '@vitrine/domain/people/right-presets'
import type { Settle } from '@vitrine/domain/people/user-store'
import { raiseConfigRevision } from './config-revision.ts'
import { insertTrail } from './events-insert.ts'
import { overtaken } from './groups.ts'
import { sharedGroundOn } from './shared-ground.ts'
import type { TenantDatabase } from './tenant-database.ts'

interface Row {
  id: string
  version: number
  data: Record<string, unknown>
}

export class PostgresRightPresets implements RightPresetStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  list(context: PresetContext): Promise<StoredPreset[]> {
    return this.#db.read(async (sql) => {
      const rows = await sql<Row[]>`
        select id, version, data from right_preset where instance_id = ${this.#db.instanceId} and context = ${context}
        order by (data->>'_position')::numeric nulls last, id`
      return rows.map(presetOf)
    })
  }

  find(context: PresetContext, ids: readonly number[]): Promise<StoredPreset[]> {
    return this.#db.read(async (sql) => {
      const rows = await sql<Row[]>`
        select id, version, data from right_preset where instance_id = ${this.#db.instanceId} and context = ${context} and id = any(${[...ids]}::bigint[]) order by id`
      return rows.map(presetOf)
    })
  }

  async save(context: PresetContext, presets: readonly StoredPreset[], trail: Trail, settle: Settle): Promise<void> {
    await this.#db.write(async (sql) => {
      const id = this.#db.instanceId
      const row = sql`jsonb_to_recordset(${sql.json(presets as never)}) as s(id bigint, version int, data jsonb)`
      await sql`insert into right_preset (instance_id, id, context, version, data) select ${id}, s.id, ${context}, s.version, s.data from ${row} where s.version = 1`
      const updated = await sql`
        update right_preset p set version = s.version, data = s.data
        from ${row} where p.instance_id = ${id} and p.context = ${context} and p.id = s.id and p.version = s.version - 1 and s.version > 1`
      if (updated.count !== presets.filter((preset) => preset.version > 1).length) overtaken('right_preset', presets)
      await insertTrail(sql, id, trail)
      await settle(sharedGroundOn(sql, id))
      await raiseConfigRevision(sql, id)
    })
  }

  async remove(context: PresetContext, id: number, trail: Trail, settle: Settle): Promise<void> {
    await this.#db.write(async (sql) => {
      const removed = await sql`delete from right_preset where instance_id = ${this.#db.instanceId} and context = ${context} and id = ${id}`
      if (removed.count > 0) await insertTrail(sql, this.#db.instanceId, trail)
      await settle(sharedGroundOn(sql, this.#db.instanceId))
      await raiseConfigRevision(sql, this.#db.instanceId)
    })
  }

  /** Looks for the entries wherever access lists are kept. */
  inUse(ids: readonly number[]): Promise<number[]> {
    return this.#db.read(async (sql) => {
      const id = this.#db.instanceId
      const rows = await sql<{ id: string }[]>`
        with kept as (
          select data from pool where instance_id = ${id} union all select data from tag where instance_id = ${id}
          union all select data from objecttype_setting where instance_id = ${id}
          union all select data from app_user where instance_id = ${id} union all select data from app_group where instance_id = ${id}
          union all select acl from collection where instance_id = ${id} and acl is not null
          union all select jsonb_build_object('_right_preset', data->'preset') from record_grant where instance_id = ${id} and jsonb_exists(data, 'preset')
        )
        select distinct preset #>> '{}' as id from kept, jsonb_path_query(data, 'strict $.**._right_preset', silent => true) as preset
        where preset #>> '{}' = any(${ids.map(String)})`
      return rows.map((row) => Number(row.id))
    })
  }
}

const presetOf = (row: Row): StoredPreset => ({ id: Number(row.id), version: row.version, data: row.data })
