/**
 * The statements that read records. PostgreSQL writes JSON text itself: of each record the `facts` that rendering looks into,
 * and the `block` of plain fields that goes to the caller unseen. Texts are built once per projection and prepared; ids in
 * them are numbers of the datamodel, never input.
 */
import type { Projection, Wanted } from '@vitrine/domain/objects/record-store'

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
  const children = `case when r.table_id in (${wanted.hierarchical.join(', ')}) then case when exists
    (select 1 from record k where k.parent_id = r.system_id and k.deleted_at is null) then ',"children":true' else ',"children":false' end end`
  return `concat(${[
    `'{"id":', r.system_id, ',"table":', r.table_id, ',"object":', r.object_id, ',"uuid":"', r.uuid, '"'`,
    `',"version":', ${s}.version, ',"newest":', r.version`,
    `',"modified":"', ${moment(`${s}.modified_at`)}, '"'`,
    `',"deleted":"' || ${deleted} || '"'`,
    optional('pool', `${s}.pool_id`),
    optional('parent', `${s}.parent_id`),
    from === 'newest' ? `case when cardinality(r.tags) > 0 then ',"tags":' || array_to_json(r.tags)::text end` : VERSION_TAGS,
    ...(wanted.hierarchical.length ? [children] : []),
    ...extra,
    `',"values":{'`,
    valuesText(wanted),
    `'}}'`,
  ].join(', ')})`
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
  `',"created":"', ${moment('r.created_at')}, '"'`,
  optional('createUser', 'r.create_user'),
  optional('ownerUser', `${s}.owner_user`),
  optional('ownerGroup', `${s}.owner_group`),
]

function recordColumns(from: From, projection: Projection): string {
  const s = from === 'newest' ? 'r' : 's'
  const comment = `(select ',"comment":' || to_json(h.comment)::text from record_version h where h.system_id = r.system_id and h.version = ${s}.version)`
  const extra = [
    ...(projection.origin ? originText(s) : []),
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
