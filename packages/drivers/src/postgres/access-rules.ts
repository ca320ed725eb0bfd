/** Loads everything that gives rights on records, in one statement and so in one snapshot. */
import type { RuleStore, StoredRules } from '@vitrine/domain/access/rules'
import { CONFIG_REVISION } from './config-revision.ts'
import type { TenantDatabase } from './tenant-database.ts'

type Stored = { readonly [K in Exclude<keyof StoredRules, 'revision'>]: StoredRules[K] | null }

export class PostgresAccessRules implements RuleStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  async load(): Promise<StoredRules> {
    const id = this.#db.instanceId
    const [row] = await this.#db.read(
      (sql) => sql<[Stored & { revision: number }]>`
        with recursive shared as (
          select c.id, c.parent_id, c.acl, c.private_acl, c.invalid_acl from collection c
          where c.instance_id = ${id} and c.acl is not null and c.acl <> '[]' and not c.invalid_acl
          union
          select c.id, c.parent_id, c.acl, c.private_acl, c.invalid_acl from shared s join collection c on c.instance_id = ${id} and c.parent_id = s.id
        )
        select coalesce((select next::float8 from counter where instance_id = ${id} and name = ${CONFIG_REVISION}), 0) as revision,
          (select jsonb_agg(jsonb_build_object('tableId', table_id, 'acl', data->'settings'->'_acl'))
            from objecttype_setting where instance_id = ${id} and jsonb_typeof(data->'settings'->'_acl') = 'array') as objecttypes,
          (select jsonb_agg(jsonb_build_object('id', id, 'parentId', parent_id, 'acl', data->'_settings'->'_acl', 'contact', data->'contact',
              'privateAcl', coalesce(data->'_settings'->'_private_acl' = 'true', false)) order by id)
            from pool where instance_id = ${id}) as pools,
          (select jsonb_agg(jsonb_build_object('id', id, 'acl', data->'_acl'))
            from tag where instance_id = ${id} and jsonb_typeof(data->'_acl') = 'array') as tags,
          (select jsonb_agg(jsonb_build_object('id', id, 'rights', coalesce(data->'preset'->'rights', '{}'), 'tagfilter', data->'preset'->'tagfilter'))
            from right_preset where instance_id = ${id}) as presets,
          (select jsonb_agg(jsonb_build_object('id', id, 'parentId', parent_id, 'acl', acl, 'privateAcl', private_acl, 'invalid', invalid_acl) order by id)
            from shared) as collections`,
    )
    const { revision, objecttypes, pools, tags, presets, collections } = row
    return {
      revision,
      objecttypes: objecttypes ?? [],
      pools: pools ?? [],
      tags: tags ?? [],
      presets: presets ?? [],
      collections: collections ?? [],
    }
  }
}
