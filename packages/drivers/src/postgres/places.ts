/** Settings of pools, object types and the instance that rules and tags are worked out from: one statement, so one moment. */
import type { PlaceFacts, PlaceSource } from '@vitrine/domain/places/place-facts'
import { CONFIG_REVISION } from './config-revision.ts'
import type { TenantDatabase } from './tenant-database.ts'

export class PostgresPlaces implements PlaceSource {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  async read(): Promise<{ revision: number; value: PlaceFacts }> {
    const instance = this.#db.instanceId
    const [row] = await this.#db.read(
      (sql) => sql<{ revision: number; value: PlaceFacts }[]>`
        select coalesce((select next from counter where instance_id = ${instance} and name = ${CONFIG_REVISION}), 0)::float8 as revision,
        jsonb_build_object(
          'rules', coalesce((select jsonb_agg(data || jsonb_build_object('_id', id) order by position) from transition where instance_id = ${instance}), '[]'),
          'tagGroups', coalesce((
            select jsonb_agg(jsonb_build_object('id', g.id, 'reference', g.reference, 'type', g.type, 'data', g.data, 'tags', coalesce(t.tags, '[]'))
              order by g.position)
            from tag_group g left join lateral (
              select jsonb_agg(jsonb_build_object('id', tag.id, 'version', tag.version, 'reference', tag.reference, 'data', tag.data)
                order by tag.position) as tags
              from tag where tag.instance_id = g.instance_id and tag.group_id = g.id) t on true
            where g.instance_id = ${instance}), '[]'),
          'pools', coalesce((
            select jsonb_agg(coalesce(data -> '_settings', '{}') || jsonb_build_object('id', id, 'parentId', parent_id, 'contact', data -> 'contact') order by id)
            from pool where instance_id = ${instance}), '[]'),
          'objecttypes', coalesce((
            select jsonb_agg(coalesce(data -> 'settings', '{}') || jsonb_build_object('tableId', table_id) order by table_id)
            from objecttype_setting where instance_id = ${instance}), '[]')) as value`,
    )
    if (!row) throw new Error('a statement of one row has answered none')
    return row
  }
}
