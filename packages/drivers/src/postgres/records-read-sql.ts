/**
 * The statements that read records. PostgreSQL writes JSON text itself: of each record the `facts` that rendering looks into,
 * and the `block` of plain fields that goes to the caller unseen. Texts are built once per projection and prepared; ids in
 * them are numbers of the datamodel, never input.
 */
import type { Projection, RowSlot, Wanted } from '@vitrine/domain/objects/record-store'
import { NO_ROW } from '@vitrine/domain/objects/content'

/** The newest states, or stored versions joined to their record. */
type From = 'newest' | 'versions'

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
const moment = (column: string) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
const optional = (name: string, value: string) => `',"${name}":' || ${value}`
const STORED_KEY = /^t?\d+$/
/** A function takes at most 100 arguments, and a record may have more columns than that. */
const MOST_ARGUMENTS = 90

/** Text of all pieces one after the other; `concat` passes over nulls, which is how fields without a value vanish. */
function joined(pieces: readonly string[]): string {
  if (pieces.length <= MOST_ARGUMENTS) return `concat(${pieces.join(', ')})`
  const groups: string[] = []
  for (let start = 0; start < pieces.length; start += MOST_ARGUMENTS) groups.push(joined(pieces.slice(start, start + MOST_ARGUMENTS)))
  return joined(groups)
}

function valueOf(key: string): string {
  if (!STORED_KEY.test(key)) throw new Error(`not a key of stored content: ${key}`)
  return `(c.v->'${key}')::text`
}

// Large content is compressed: concatenation with an empty object unpacks it once, instead of once per column.
const unpacked = (state: string) => `cross join lateral (select ${state}.content || '{}'::jsonb as v offset 0) c`

function valuesText(wanted: Wanted): string {
  const text = (keys: readonly string[]) => joined(keys.map((key) => optional(key, valueOf(key))))
  const types = [...wanted.keys].filter(([, keys]) => keys.length)
  if (!types.length) return `''`
  if (types.length === 1) return `substr(${text(types[0]?.[1] ?? [])}, 2)`
  return `substr(case r.table_id ${types.map(([table, keys]) => `when ${table} then ${text(keys)}`).join(' ')} end, 2)`
}

function historyText(state: string): string {
  const entry = `concat('{"operation":"', h.operation, '","time":"', ${moment('h.saved_at')}, '","version":', h.version,
    ',"user":', coalesce(h.saved_by::text, 'null'), ',"comment":', coalesce(to_json(h.comment)::text, 'null'), '}')`
  return `(select ',"history":[' || string_agg(${entry}, ',' order by h.version) || ']' from record_version h
    where h.system_id = r.system_id and h.version <= ${state}.version)`
}

/** Tags for all versions stand on each one for as long as the newest has them; the others stay with the version they were saved with. */
const IS_FOR_ALL = `exists (select from tag a where a.id = t.id and a.data ->> 'type' = 'all_versions')`
const VERSION_TAGS = `(select ',"tags":' || json_agg(id)::text from (
  select id from unnest(s.tags) t(id) where not ${IS_FOR_ALL} union all select id from unnest(r.tags) t(id) where ${IS_FOR_ALL}) v)`

function factsText(from: From, wanted: Wanted, extra: readonly string[]): string {
  const s = from === 'newest' ? 'r' : 's'
  const deleted = from === 'newest' ? moment('r.deleted_at') : `case when s.operation = 'DELETE' then ${moment('s.saved_at')} end`
  const trashed = from === 'newest' ? [] : [`case when s.operation <> 'DELETE' then ',"trashed":"' || ${moment('r.deleted_at')} || '"' end`]
  return `concat(${[
    `'{"id":', r.system_id, ',"table":', r.table_id, ',"object":', r.object_id, ',"uuid":"', r.uuid, '"'`,
    `',"version":', ${s}.version, ',"newest":', r.version`,
    `',"modified":"', ${moment(`${s}.modified_at`)}, '"'`,
    `',"deleted":"' || ${deleted} || '"'`,
    optional('pool', `${s}.pool_id`),
    optional('parent', `${s}.parent_id`),
    from === 'newest' ? `case when cardinality(r.tags) > 0 then ',"tags":' || array_to_json(r.tags)::text end` : VERSION_TAGS,
    ...trashed,
    ...childrenText(wanted.hierarchical, `record k where k.parent_id = r.system_id and k.deleted_at is null`),
    ...childrenText(
      wanted.polyhierarchical,
      `record_parent_link l join record k on k.system_id = l.child_id where l.parent_id = r.system_id and k.deleted_at is null`,
    ),
    ...(wanted.polyhierarchical.length
      ? [`case when cardinality(${s}.parents) > 0 then ',"parents":' || array_to_json(${s}.parents)::text end`]
      : []),
    ...(wanted.hierarchical.length || wanted.polyhierarchical.length ? [optional('place', `${s}.child_idx`)] : []),
    ...extra,
    `',"values":{'`,
    valuesText(wanted),
    `'}}'`,
  ].join(', ')})`
}

/** Whether there are records below one of these types. */
function childrenText(tables: readonly number[], below: string): string[] {
  if (!tables.length) return []
  return [
    `case when r.table_id in (${tables.join(', ')}) then case when exists (select 1 from ${below}) then ',"children":true' else ',"children":false' end end`,
  ]
}

/** `,"name":value` per written column. */
function blockText({ written }: Projection): string {
  if (!written.length) return `''`
  return joined(
    written.map(({ key, name, empty }) => {
      const value = empty === 'omit' ? valueOf(key) : `coalesce(${valueOf(key)}, '${empty}')`
      return `${literal(`,${JSON.stringify(name)}:`)} || ${value}`
    }),
  )
}

/** Only a record that is shown with all its system fields says when and by whom it was made. */
const originText = (s: string): string[] => [
  `case when ${s}.version = r.version and cardinality(r.system_tags) > 0 then ',"systemTags":' || array_to_json(r.system_tags)::text end`,
  `',"created":"', ${moment('r.created_at')}, '"'`,
  optional('createUser', 'r.create_user'),
  optional('ownerUser', `${s}.owner_user`),
  optional('ownerGroup', `${s}.owner_group`),
]

const aclText = (s: string): string[] => [optional('acl', `${s}.acl::text`), `case when ${s}.private_acl then ',"privateAcl":true' end`]

function recordColumns(from: From, projection: Projection): string {
  const s = from === 'newest' ? 'r' : 's'
  const comment = `(select ',"comment":' || to_json(h.comment)::text from record_version h where h.system_id = r.system_id and h.version = ${s}.version)`
  const extra = [
    ...(projection.origin ? originText(s) : []),
    ...(projection.acl ? aclText(s) : []),
    ...(projection.comment ? [comment] : []),
    ...(projection.history ? [historyText(s)] : []),
  ]
  return `${factsText(from, projection.wanted, extra)} as facts, ${blockText(projection)} as block`
}

export interface RecordStatements {
  readonly page: string
  readonly byObjectId: string
  readonly bySystemId: string
  readonly byVersion: string
  /** By system id, each with the row it was read from. */
  readonly rows: string
}

/** One row per pointer, found by key whatever the planner believes: right after an import it knows nothing of the tables yet. */
const each = (name: string, table: string, condition: string) => `cross join lateral (select * from ${table} where ${condition} offset 0) ${name}`

/** Texts for one projection. A page is cut out first, so that nothing is written for the records passed over. */
export function recordStatements(projection: Projection): RecordStatements {
  const columns = recordColumns('newest', projection)
  const newest = (source: string) => `select ${columns} from ${source} r ${unpacked('r')}`
  return {
    page:
      newest(`(select * from record where table_id = $1 and deleted_at is null order by object_id limit $2::bigint offset $3::bigint)`) +
      ' order by r.object_id',
    byObjectId: `${newest('record')} where r.table_id = $1 and r.object_id = any($2::text::bigint[]) and r.deleted_at is null order by r.object_id`,
    bySystemId: `select ${columns} from unnest($1::text::bigint[]) p(id) ${each('r', 'record', 'system_id = p.id')} ${unpacked('r')}
      where r.deleted_at is null order by r.object_id`,
    rows: `select ${columns}, r.xmin::text::float8 as row from record r ${unpacked('r')} where r.system_id = any($1::text::bigint[]) and r.deleted_at is null`,
    byVersion: `select ${recordColumns('versions', projection)} from unnest($1::text::bigint[], $2::text::int[]) p(id, version)
      ${each('r', 'record', 'system_id = p.id')} ${each('s', 'record_version', 'system_id = p.id and version = p.version')} ${unpacked('s')}
      where r.deleted_at is null order by r.object_id, s.version`,
  }
}

/** Which rows make up a page: system id and row by turns, in one text. */
export const PAGE_ROWS = `select string_agg(concat(system_id, ',', row), ',') as rows from
  (select system_id, xmin::text as row from record where table_id = $1 and deleted_at is null order by object_id limit $2::bigint offset $3::bigint) page`

/** The same for records by id. */
export const TARGET_ROWS = `select string_agg(concat(r.system_id, ',', r.row), ',') as rows
  from unnest($1::text::bigint[]) p(id) cross join lateral (select system_id, xmin::text as row from record where system_id = p.id offset 0) r`

export interface StateStatements {
  readonly newest: string
  readonly earlier: string
}

/** States of link targets: as they are, or as they were at a moment. */
export function stateStatements(wanted: Wanted): StateStatements {
  return {
    newest: `select r.system_id::float8 as id, r.row, ${factsText('newest', wanted, [])} as facts
      from unnest($1::text::bigint[]) p(id) cross join lateral (select xmin::text::float8 as row, * from record where system_id = p.id offset 0) r ${unpacked('r')}`,
    earlier: `select p.place::float8 as id, ${factsText('versions', wanted, [])} as facts
      from unnest($1::text::bigint[], $2::text::timestamptz[]) with ordinality p(id, at, place) ${each('r', 'record', 'system_id = p.id')}
      cross join lateral (select * from record_version v where v.system_id = p.id and v.saved_at <= p.at order by v.version desc limit 1) s ${unpacked('s')}`,
  }
}

export interface RowStatements {
  readonly newest: string
  readonly earlier: string
}

/**
 * Records that stand in a slot, with the place of their master in the question. Parameters: masters, (for the past: moments),
 * object type, most rows, and where a column links them, its id.
 */
export function rowStatements(projection: Projection, { by }: RowSlot): RowStatements {
  return { newest: rowsNow(projection, by), earlier: rowsThen(projection, by) }
}

function rowsNow(projection: Projection, by: RowSlot['by']): string {
  const live = `r.table_id = $2::int and r.deleted_at is null`
  const linked = (table: string, from: string, condition: string) =>
    `cross join lateral (select distinct ${from} as id from ${table} where ${condition}) l ${each('r', 'record', 'system_id = l.id')}`
  const rows =
    by === 'parent'
      ? each('r', 'record', 'parent_id = p.id')
      : by === 'parents'
        ? linked('record_parent_link', 'child_id', 'parent_id = p.id')
        : linked('record_link', 'from_id', `to_id = p.id and column_id = $4::int and row_uuid = '${NO_ROW}'`)
  return `select p.place::int as place, ${recordColumns('newest', projection)}
    from unnest($1::text::bigint[]) with ordinality p(id, place) ${rows} ${unpacked('r')} where ${live}
    order by p.place, r.child_idx, r.object_id limit $3::bigint`
}

/**
 * No table says what linked where in the past, so the stored versions of the type are looked through, once for all masters. A
 * version counts for a moment when it is the newest of that time.
 */
function rowsThen(projection: Projection, by: RowSlot['by']): string {
  const master = by === 'parent' ? 'v.parent_id' : by === 'parents' ? 'm.id' : `(v.content->($5::text)->>'s')::bigint`
  const parents = by === 'parents' ? 'cross join unnest(v.parents) m(id)' : ''
  return `with past as materialized (
      select v.system_id, v.version, v.saved_at, ${master} as master
      from record o join record_version v on v.system_id = o.system_id ${parents}
      where o.table_id = $3::int and v.operation <> 'DELETE' and ${master} = any($1::text::bigint[]))
    select p.place::int as place, ${recordColumns('versions', projection)}
    from unnest($1::text::bigint[], $2::text::timestamptz[]) with ordinality p(id, at, place)
    join past on past.master = p.id and past.saved_at <= p.at
    ${each('r', 'record', 'system_id = past.system_id')} ${each('s', 'record_version', 'system_id = past.system_id and version = past.version')} ${unpacked('s')}
    where not exists (select 1 from record_version n where n.system_id = past.system_id and n.version > past.version and n.saved_at <= p.at)
    order by p.place, s.child_idx, r.object_id limit $4::bigint`
}
