/** Tags and tag groups of one instance. */
import type { Tag, TagGroup } from '@vitrine/domain/tags/tag'
import type { NamingDocument, TagStore, TagTransaction } from '@vitrine/domain/tags/tag-store'
import { raiseConfigRevision } from './config-revision.ts'
import { recorderOf } from './events-insert.ts'
import { sharedGroundOn } from './shared-ground.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

export class PostgresTags implements TagStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  groups(): Promise<TagGroup[]> {
    return this.#db.read((sql) => readGroups(sql, this.#db.instanceId))
  }

  change<T>(work: (transaction: TagTransaction) => Promise<T>): Promise<T> {
    const instance = this.#db.instanceId
    return this.#db.write(async (sql) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`tags of ${instance}`}, 0))`
      return work(transactionOf(sql, instance))
    })
  }
}

async function readGroups(sql: TenantSql, instance: string): Promise<TagGroup[]> {
  return sql<(TagGroup & { tags: Tag[] })[]>`
    select g.id::float8 as id, g.reference, g.type, g.data, coalesce(t.tags, '[]') as tags
    from tag_group g left join lateral (
      select jsonb_agg(jsonb_build_object('id', tag.id, 'version', tag.version, 'reference', tag.reference, 'data', tag.data) order by tag.position) as tags
      from tag where tag.instance_id = g.instance_id and tag.group_id = g.id
    ) t on true
    where g.instance_id = ${instance} order by g.position`
}

const transactionOf = (sql: TenantSql, instance: string): TagTransaction => ({
  ...recorderOf(sql, instance),
  ...sharedGroundOn(sql, instance),
  groups: () => readGroups(sql, instance),
  async recordsWith(ids) {
    // Whoever saves a record keeps its tags from going away, so this waits for saves under way and stops new ones.
    await sql`select 1 from tag where instance_id = ${instance} and id = any(${[...ids]}::bigint[]) order by id for update`
    const rows = await sql<{ id: number; count: number }[]>`
      select t.id::float8 as id, count(*)::float8 as count from record r, unnest(r.tags) as t(id)
      where r.instance_id = ${instance} and r.tags && ${[...ids]}::bigint[] and t.id = any(${[...ids]}::bigint[]) group by t.id order by t.id`
    return new Map(rows.map(({ id, count }) => [id, count]))
  },
  async recordsGrantingBy(ids) {
    // Starts from entries: few records have a list of their own.
    const rows = await sql<{ id: number; count: number }[]>`
      select t.tag::float8 as id, count(*)::float8 as count
      from (select distinct system_id from record_grant where instance_id = ${instance}) g
      join record r on r.instance_id = ${instance} and r.system_id = g.system_id
      cross join lateral (
        select distinct (named #>> '{}')::bigint as tag from jsonb_path_query(r.acl, '$[*].tagfilter.*[*] ? (@.type() == "number")') as named
      ) t
      where t.tag = any(${[...ids]}::bigint[]) group by t.tag order by t.tag`
    return new Map(rows.map(({ id, count }) => [id, count]))
  },
  async documents() {
    // They are written back as a whole, so nobody else may change one between the reading and the writing.
    for (const kind of ['objecttypes', 'pools', 'transitions'])
      await sql`select pg_advisory_xact_lock(hashtextextended(${`${kind} of ${instance}`}, 0))`
    await sql`select 1 from right_preset where instance_id = ${instance} order by id for update`
    return sql<NamingDocument[]>`
      select 'pool' as kind, id::float8 as id, data from pool where instance_id = ${instance}
      union all select 'objecttype', table_id::float8, data from objecttype_setting where instance_id = ${instance}
      union all select 'transition', id::float8, data from transition where instance_id = ${instance}
      union all select 'right_preset', id::float8, data from right_preset where instance_id = ${instance}
      union all select 'collection', id::float8, acl from collection
        where instance_id = ${instance} and acl is not null and jsonb_path_exists(acl, '$[*].tagfilter')`
  },
  async rewrite(documents) {
    const of = (kind: NamingDocument['kind']) => sql.json(documents.filter((d) => d.kind === kind) as never)
    await sql`update pool set data = d.data from jsonb_to_recordset(${of('pool')}::jsonb) as d(id bigint, data jsonb)
      where pool.instance_id = ${instance} and pool.id = d.id`
    await sql`update objecttype_setting o set data = d.data from jsonb_to_recordset(${of('objecttype')}::jsonb) as d(id int, data jsonb)
      where o.instance_id = ${instance} and o.table_id = d.id`
    await sql`update transition t set data = d.data from jsonb_to_recordset(${of('transition')}::jsonb) as d(id bigint, data jsonb)
      where t.instance_id = ${instance} and t.id = d.id`
    await sql`update right_preset p set data = d.data, version = p.version + 1 from jsonb_to_recordset(${of('right_preset')}::jsonb) as d(id bigint, data jsonb)
      where p.instance_id = ${instance} and p.id = d.id`
  },
  async replace(groups) {
    const groupRows = groups.map(({ id, reference, type, data }, position) => ({ id, reference, type, data, position }))
    const tagRows = groups.flatMap((group) => group.tags.map((tag) => ({ ...tag, groupId: group.id }))).map((tag, position) => ({ ...tag, position }))
    // References may change hands within the list; nobody may hold one while it is given to somebody else.
    await sql`update tag_group set reference = null where instance_id = ${instance} and reference is not null`
    await sql`update tag set reference = null where instance_id = ${instance} and reference is not null`
    await sql`
      insert into tag_group (instance_id, id, position, reference, type, data)
      select ${instance}, r.id, r.position, r.reference, r.type, r.data
      from jsonb_to_recordset(${sql.json(groupRows)}::jsonb) as r(id bigint, position int, reference text, type text, data jsonb)
      on conflict (instance_id, id) do update set position = excluded.position, reference = excluded.reference, type = excluded.type, data = excluded.data`
    await sql`
      insert into tag (instance_id, id, group_id, version, position, reference, data)
      select ${instance}, r.id, r."groupId", r.version, r.position, r.reference, r.data
      from jsonb_to_recordset(${sql.json(tagRows as never)}::jsonb) as r(id bigint, "groupId" bigint, version int, position int, reference text, data jsonb)
      on conflict (instance_id, id) do update set group_id = excluded.group_id, version = excluded.version, position = excluded.position,
        reference = excluded.reference, data = excluded.data`
    await sql`delete from tag where instance_id = ${instance} and id <> all(${tagRows.map((t) => t.id)}::bigint[])`
    await sql`delete from tag_group where instance_id = ${instance} and id <> all(${groupRows.map((g) => g.id)}::bigint[])`
    await raiseConfigRevision(sql, instance)
  },
})
