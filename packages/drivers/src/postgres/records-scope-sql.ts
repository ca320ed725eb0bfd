/**
 * Statements that find the records of a type which a caller may read, from a `ReadScope`. Texts are put together for each scope.
 * Lists of ids stand in them as they are: as a parameter a list would be read again for every record it is compared with.
 *
 * There are two ways to a page. `walk` goes through the type in order and judges each record: right where many can be read.
 * `streams` starts from what leads to readable records, each way by its index: right where few can. Both answer the same.
 */
import type { TagCondition } from '@vitrine/domain/access/grants'
import type { ReadScope, ScopePlace } from '@vitrine/domain/access/read-scope'

export type ScopeValue = string | number
export interface Statement {
  readonly text: string
  readonly values: readonly ScopeValue[]
}
export interface PageOf {
  readonly instanceId: string
  readonly table: number
  readonly limit: number
  readonly offset: number
}

function number(id: number): number {
  if (!Number.isSafeInteger(id)) throw new Error(`not an id: ${id}`)
  return id
}
const idList = (ids: readonly number[]) => `'{${ids.map(number).join(',')}}'::bigint[]`
const anyOf = (conditions: readonly string[]) => (conditions.length === 0 ? 'false' : `(${conditions.join(' or ')})`)
const allOf = (conditions: readonly string[]) => (conditions.length === 0 ? 'true' : conditions.join(' and '))
const ROW = 'r.object_id, r.system_id, r.xmin::text as row'

class ScopeSql {
  readonly values: ScopeValue[] = []
  readonly #scope: ReadScope
  readonly #page: PageOf
  /** Parameters by what they are; the server refuses one that nothing refers to. */
  readonly #known = new Map<string, string>()

  constructor(scope: ReadScope, page: PageOf) {
    this.#scope = scope
    this.#page = page
  }

  /** Rows `object_id, system_id, row` of the first `most` readable records among the first `budget` of the type. */
  walk(budget: number | null, most: number): string {
    const within = budget === null ? '' : ` limit ${this.#value(budget)}::bigint`
    return `with found as materialized (
        select r.object_id, r.system_id, r.row
        from (select *, xmin::text as row from record where ${this.#live('record')} order by object_id${within}) r
        where ${this.#readable()} and ${this.#masked()} order by r.object_id limit ${this.#value(most)}::bigint)`
  }

  streams(most: number): string {
    const masked = this.#masked()
    const limit = `order by r.object_id limit ${this.#value(most)}::bigint`
    const ordered = (condition: string) => `(select ${ROW} from record r where ${this.#live('r')} and ${condition} and ${masked} ${limit})`
    const each = (ids: string, column: string, condition: string) => `(select s.* from unnest(${ids}) p(id) cross join lateral
      ${ordered(`r.${column} = p.id and ${condition}`)} s)`
    const named = (source: string, condition: string) => `(select ${ROW} from (${source}) p(id)
      cross join lateral (select *, xmin from record where instance_id = ${this.#instance} and system_id = p.id offset 0) r
      where r.table_id = ${this.#type} and r.deleted_at is null and ${condition} and ${masked})`
    const arms = [
      ordered(`r.owner_user = ${this.#user}`),
      ...(this.#scope.groupIds.length ? [each(this.#groups, 'owner_group', 'true')] : []),
      ...this.#scope.places.map((place) =>
        place.pools === null ? ordered(this.#place(place)) : each(idList(place.pools), 'pool_id', this.#placed(place)),
      ),
      ...this.#scope.tags.map(({ ids, contactOnly, tags }) =>
        named(
          `select system_id from record_tag where instance_id = ${this.#instance} and tag_id = any(${idList(ids)}) and table_id = ${this.#type}`,
          this.#condition(contactOnly, tags),
        ),
      ),
      ...this.#scope.collections.map(({ ids, contactOnly, tags }) =>
        named(
          `select system_id from collection_object where instance_id = ${this.#instance} and collection_id = any(${idList(ids)}) and system_id is not null and not invalid`,
          this.#condition(contactOnly, tags),
        ),
      ),
      ...(this.#scope.lists ? [this.#scope.lists.inherited ? named('select id from granted', 'true') : named(this.#listed(), this.#byLists())] : []),
    ]
    return `${this.#scope.lists?.inherited ? `${this.#reach()}, ${this.#granted()},` : 'with'} found as materialized (select distinct object_id, system_id, row from (${arms.join(' union all ')}) a)`
  }

  /** How many records tags, collections and lists lead to, counted no further than `cap`: those that come without an order. */
  unordered(cap: number): string | undefined {
    const most = () => `limit ${this.#value(cap)}::bigint`
    const { tags, collections, lists } = this.#scope
    const arms = [
      ...tags.map(
        ({ ids }) =>
          `(select 1 from record_tag where instance_id = ${this.#instance} and tag_id = any(${idList(ids)}) and table_id = ${this.#type} ${most()})`,
      ),
      ...collections.map(
        ({ ids }) => `(select 1 from collection_object where instance_id = ${this.#instance} and collection_id = any(${idList(ids)}) ${most()})`,
      ),
      ...(lists ? [`(select 1 from ${lists.inherited ? 'reach' : `(${this.#listed()})`} l ${most()})`] : []),
    ]
    return arms.length === 0
      ? undefined
      : `${lists?.inherited ? this.#reach() : ''} select count(*)::float8 as count from (${arms.join(' union all ')}) a`
  }

  page(): string {
    const { offset, limit } = this.#page
    return `(select string_agg(concat(system_id, ',', row), ',' order by object_id) from
      (select * from found order by object_id offset ${this.#value(offset)}::bigint limit ${this.#value(limit)}::bigint) page)`
  }

  /** How many records of the type there are, counted no further than `cap`. */
  size(cap: number): string {
    return `(select count(*) from (select 1 from record where ${this.#live('record')} limit ${this.#value(cap)}::bigint) s)`
  }

  get #instance(): string {
    return this.#once('instance', () => `${this.#value(this.#page.instanceId)}::uuid`)
  }

  get #type(): string {
    return this.#once('type', () => `${this.#value(this.#page.table)}::int`)
  }

  get #user(): string {
    return `${number(this.#scope.userId)}::bigint`
  }

  get #groups(): string {
    return idList(this.#scope.groupIds)
  }

  #once(what: string, make: () => string): string {
    const parameter = this.#known.get(what) ?? make()
    this.#known.set(what, parameter)
    return parameter
  }

  #value(value: ScopeValue): string {
    this.values.push(value)
    return `$${this.values.length}`
  }

  #live(name: string): string {
    return `${name}.instance_id = ${this.#instance} and ${name}.table_id = ${this.#type} and ${name}.deleted_at is null`
  }

  #readable(): string {
    const { places, tags, collections, lists } = this.#scope
    return anyOf([
      `r.owner_user = ${this.#user}`,
      ...(this.#scope.groupIds.length ? [`r.owner_group = any(${this.#groups})`] : []),
      ...places.map((place) => this.#place(place)),
      ...tags.map((source) => `(r.tags && ${idList(source.ids)} and ${this.#condition(source.contactOnly, source.tags)})`),
      ...collections.map(
        (
          source,
        ) => `(${this.#condition(source.contactOnly, source.tags)} and exists (select from collection_object c where c.instance_id = ${this.#instance}
          and c.system_id = r.system_id and not c.invalid and c.collection_id = any(${idList(source.ids)})))`,
      ),
      ...(lists ? [this.#byLists()] : []),
    ])
  }

  #masked(): string {
    return anyOf(this.#scope.masks.map((place) => this.#place(place)))
  }

  #place(place: ScopePlace): string {
    const where = place.pools === null ? 'r.pool_id is null' : `r.pool_id = any(${idList(place.pools)})`
    return `(${where} and ${this.#placed(place)})`
  }

  #placed({ evenPrivate, ownOnly, contactOnly, tags }: ScopePlace): string {
    const own = ownOnly ? [`(r.owner_user = ${this.#user} or r.owner_group = any(${this.#groups}))`] : []
    return allOf([...(evenPrivate ? [] : ['not r.private_acl']), ...own, this.#condition(contactOnly, tags)])
  }

  #condition(contactOnly: boolean, tags: TagCondition | null): string {
    return allOf([...(contactOnly ? [this.#inContactPool()] : []), ...this.#tags(tags)])
  }

  #inContactPool(): string {
    return `r.pool_id = any(${idList(this.#scope.contactPools)})`
  }

  #tags(condition: TagCondition | null): string[] {
    if (condition === null) return []
    return [
      ...(condition.all.length ? [`r.tags @> ${idList(condition.all)}`] : []),
      ...condition.any.map((tags) => `r.tags && ${idList(tags)}`),
      ...(condition.not.length ? [`not r.tags && ${idList(condition.not)}`] : []),
    ]
  }

  /** Entries `g` of access lists that are the caller's and in force; whether they count for a record is said by `entryCounts`. */
  #entries(): string {
    const { now } = this.#scope.lists ?? { now: 0 }
    const moment = `${this.#value(now)}::float8`
    const own = (who: string) => `select * from record_grant where instance_id = ${this.#instance} and ${who}`
    const arms = [
      own(`user_id = ${this.#user}`),
      own(`group_id = any(${this.#groups})`),
      ...(this.#scope.contactPools.length ? [own(`role = 'pool_contact'`)] : []),
    ]
    return `select * from (${arms.join(' union all ')}) g
      where coalesce((g.data->>'from')::float8, '-infinity') <= ${moment} and coalesce((g.data->>'until')::float8, 'infinity') > ${moment}`
  }

  /** What entry `g` asks of record `r`. */
  #entryCounts(): string {
    const presets = (this.#scope.lists?.presets ?? []).map(({ ids, tags }) =>
      allOf([`(g.data->>'preset')::bigint = any(${idList(ids)})`, ...this.#tags(tags)]),
    )
    const each = (slot: string) => `exists (select from jsonb_array_elements(g.data->'${slot}') t where to_jsonb(r.tags) @> t)`
    return allOf([
      `(case when jsonb_exists(g.data, 'preset') then ${anyOf(presets.map((preset) => `(${preset})`))} else (g.data->>'read')::boolean end)`,
      `(g.role is null or ${this.#inContactPool()})`,
      `(not jsonb_exists(g.data, 'all') or to_jsonb(r.tags) @> (g.data->'all'))`,
      `(not jsonb_exists(g.data, 'any') or ${each('any')})`,
      `(not jsonb_exists(g.data, 'not') or not ${each('not')})`,
    ])
  }

  /**
   * Every record that an entry reaches, from the record it stands on downwards. What an entry asks of a record is told by
   * `entry_of` and `entry`; they are null where it asks nothing, so that many such entries are one.
   */
  #reach(): string {
    const plain = this.#presetIds((tags) => tags === null)
    const reading = `(case when jsonb_exists(g.data, 'preset') then (g.data->>'preset')::bigint = any(${this.#presetIds(() => true)}) else (g.data->>'read')::boolean end)`
    const asks = `(g.role is not null or jsonb_exists_any(g.data, '{all,any,not}') or jsonb_exists(g.data, 'preset') and (g.data->>'preset')::bigint <> all(${plain}))`
    return `with recursive reach(id, entry_of, entry, sticky) as (
        select g.system_id, case when ${asks} then g.system_id end, case when ${asks} then g.position end, g.sticky
        from (${this.#entries()}) g where ${reading}
        union
        select c.system_id, w.entry_of, w.entry, w.sticky from reach w
          join record c on c.instance_id = ${this.#instance} and c.parent_id = w.id and (w.sticky or not c.private_acl)
      )`
  }

  /** Those of them for which the entry counts; of any type. */
  #granted(): string {
    return `granted as materialized (
        select id from reach where entry_of is null
        union
        select r.system_id from reach w
          cross join lateral (select * from record where instance_id = ${this.#instance} and system_id = w.id offset 0) r
          cross join lateral (select * from record_grant where instance_id = ${this.#instance} and system_id = w.entry_of and position = w.entry offset 0) g
        where w.entry_of is not null and ${this.#entryCounts()}
      )`
  }

  #presetIds(wanted: (tags: TagCondition | null) => boolean): string {
    const presets = (this.#scope.lists?.presets ?? []).filter(({ tags }) => wanted(tags))
    return idList(presets.flatMap(({ ids }) => ids))
  }

  #listed(): string {
    return `select distinct g.system_id from (${this.#entries()}) g`
  }

  #byLists(): string {
    if (!this.#scope.lists?.inherited) return `exists (select from (${this.#entriesOf('r.system_id')}) g where ${this.#entryCounts()})`
    // From the record upwards; `union` drops what was seen before, so the climb ends inside a circle as well.
    return `exists (
      with recursive up(id, parent_id, only_sticky, private_acl) as (
        select r.system_id, r.parent_id, false, r.private_acl
        union
        select a.system_id, a.parent_id, up.only_sticky or up.private_acl, a.private_acl
        from up join record a on a.instance_id = ${this.#instance} and a.system_id = up.parent_id
      )
      select from up cross join lateral (${this.#entriesOf('up.id')}) g where (g.sticky or not up.only_sticky) and ${this.#entryCounts()})`
  }

  /** The same as `entries`, of one record alone. */
  #entriesOf(systemId: string): string {
    const moment = `${this.#value(this.#scope.lists?.now ?? 0)}::float8`
    return `select * from record_grant g where g.instance_id = ${this.#instance} and g.system_id = ${systemId}
      and (g.user_id = ${this.#user} or g.group_id = any(${this.#groups}) or g.role = 'pool_contact')
      and coalesce((g.data->>'from')::float8, '-infinity') <= ${moment} and coalesce((g.data->>'until')::float8, 'infinity') > ${moment}`
  }
}

/** Answers `rows` (system id and row by turns, as `PAGE_ROWS` does), how many were `found`, and the `size` of the type where it matters. */
export function walkStatement(scope: ReadScope, page: PageOf, budget: number | null): Statement {
  const sql = new ScopeSql(scope, page)
  const most = page.offset + page.limit
  const walk = sql.walk(budget, most)
  const size = budget === null ? 'null' : sql.size(budget)
  const text = `${walk} select ${sql.page()} as rows, (select count(*)::float8 from found) as found,
    (case when (select count(*) from found) < ${most} then ${size} end)::float8 as size`
  return { text, values: sql.values }
}

export function streamsStatement(scope: ReadScope, page: PageOf): Statement {
  const sql = new ScopeSql(scope, page)
  return { text: `${sql.streams(page.offset + page.limit)} select ${sql.page()} as rows`, values: sql.values }
}

export function unorderedStatement(scope: ReadScope, page: PageOf, cap: number): Statement | undefined {
  const sql = new ScopeSql(scope, page)
  const text = sql.unordered(cap)
  return text === undefined ? undefined : { text, values: sql.values }
}
