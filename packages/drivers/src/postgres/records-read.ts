/** Reads records for rendering. Statements are set-based: a page costs a handful of them, however many records it holds. */
import type {
  FilesFound,
  Ghost,
  Names,
  PersonName,
  PoolName,
  Projection,
  RecordAddress,
  RecordFacts,
  RecordPointer,
  RecordSource,
  RecordStore,
  RowSlot,
  Selection,
  TagName,
  VersionFound,
  Wanted,
  WrittenRecord,
  WrittenRow,
  NameIds,
} from '@vitrine/domain/objects/record-store'
import { displaynameOf } from '@vitrine/domain/people/account'
import { DELETED_USER_REFERENCE } from '@vitrine/domain/people/system-people'
import type { Sight } from '@vitrine/domain/collections/collection-store'
import type { AccessSubject } from '@vitrine/domain/access/access'
import { PostgresAccessSource } from './access-source.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'
import { filesShown } from './records-read-files.ts'
import { KeptRecords } from './records-read-kept.ts'
import { scopedRows } from './records-scope.ts'
import type { Statement } from './records-scope-sql.ts'
import {
  PAGE_ROWS,
  TARGET_ROWS,
  recordStatements,
  rowStatements,
  stateStatements,
  type RecordStatements,
  type RowStatements,
  type StateStatements,
} from './records-read-sql.ts'

type Parameter = string | number
type PageSelection = Extract<Selection, { by: 'page' }>
const keptRecords = new KeptRecords()
const recordTexts = new WeakMap<Projection, RecordStatements>()
const rowTexts = new WeakMap<Projection, RowStatements>()
const stateTexts = new WeakMap<Wanted, StateStatements>()

function kept<K extends object, V>(texts: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const known = texts.get(key) ?? make(key)
  texts.set(key, known)
  return known
}

/** Fewer targets than this are read at once: asking for their rows first would only cost a round trip. */
const FEW = 20
let numbered = 0
const projections = new WeakMap<Projection | Wanted, number>()
const numberOf = (projection: Projection | Wanted) => kept(projections, projection, () => ++numbered)
/** Whether a record has children is not written in its own row. */
const isHierarchical = ({ hierarchical, polyhierarchical }: Wanted, table: number) => hierarchical.includes(table) || polyhierarchical.includes(table)
const isKeepable = ({ wanted }: Projection) => ![...wanted.keys.keys()].some((table) => isHierarchical(wanted, table))

// Sent as text, because the client would have to ask the server how to write an array.
const array = (values: readonly (string | number)[]) => `{${values.map((value) => (typeof value === 'number' ? value : `"${value}"`)).join(',')}}`

export class PostgresRecordsRead implements RecordStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  read<T>(run: (source: RecordSource) => Promise<T>): Promise<T> {
    return this.#db.read((sql) => run(new Source(sql, this.#db.instanceId)))
  }
}

class Source implements RecordSource {
  readonly access: PostgresAccessSource
  readonly #sql: TenantSql
  readonly #instanceId: string

  constructor(sql: TenantSql, instanceId: string) {
    this.access = new PostgresAccessSource(sql, instanceId)
    this.#sql = sql
    this.#instanceId = instanceId
  }

  async records(projection: Projection, selection: Selection): Promise<readonly WrittenRecord[]> {
    const texts = kept(recordTexts, projection, recordStatements)
    if (selection.by === 'page' && isKeepable(projection)) return this.#page(projection, texts, selection)
    const chosen: Selection = selection.by === 'page' && selection.scope ? { by: 'systemId', ids: await this.#scopedIds(selection) } : selection
    const [text, parameters] = statementOf(texts, chosen)
    const rows = await this.#query<{ facts: string; block: string }>(text, parameters)
    return rows.map((row) => ({ facts: JSON.parse(row.facts) as RecordFacts, block: row.block }))
  }

  /** Asks which rows the page holds, and has only those written that are not known yet. */
  async #page(projection: Projection, texts: RecordStatements, selection: PageSelection): Promise<readonly WrittenRecord[]> {
    const numbers = JSON.parse(`[${await this.#rowsOf(selection)}]`) as number[]
    const prefix = `${this.#instanceId} ${numberOf(projection)}`
    const found: (WrittenRecord | undefined)[] = []
    const missing: number[] = []
    for (let i = 0; i < numbers.length; i += 2) {
      const key = `${prefix} ${numbers[i]} ${numbers[i + 1]}`
      const record = keptRecords.get(key)
      if (!record) missing.push(found.length)
      found.push(record)
    }
    if (missing.length === 0) return found as WrittenRecord[]
    const ids = missing.map((place) => numbers[place * 2] ?? 0)
    const rows = await this.#query<{ facts: string; block: string; row: number }>(texts.rows, [array(ids)])
    const places = new Map(missing.map((place) => [numbers[place * 2], place]))
    for (const { facts, block, row } of rows) {
      const record: WrittenRecord = { facts: JSON.parse(facts) as RecordFacts, block }
      keptRecords.set(`${prefix} ${record.facts.id} ${row}`, record, facts.length)
      found[places.get(record.facts.id ?? 0) as number] = record
    }
    // What was deleted between the two questions is not part of the page any more.
    return found.filter((record) => record !== undefined)
  }

  async #rowsOf({ table, limit, offset, scope }: PageSelection): Promise<string> {
    if (scope) return scopedRows((statement) => this.#once(statement), scope, { instanceId: this.#instanceId, table, limit, offset })
    const [page] = await this.#query<{ rows: string | null }>(PAGE_ROWS, [table, limit, offset])
    return page?.rows ?? ''
  }

  async #scopedIds(selection: PageSelection): Promise<number[]> {
    const numbers = JSON.parse(`[${await this.#rowsOf(selection)}]`) as number[]
    return numbers.filter((_, i) => i % 2 === 0)
  }

  /** Planned anew each time: its text is put together for one caller, and what to do first depends on the values. */
  async #once<T>({ text, values }: Statement): Promise<readonly T[]> {
    return (await this.#sql.unsafe(text, [...values], { prepare: false })) as unknown as readonly T[]
  }

  async versions(table: number, address: RecordAddress, version: number | null, most: number): Promise<readonly VersionFound[]> {
    const scoped = 'scope' in address && address.scope ? { ids: await this.#scopedIds({ by: 'page', table, ...address }) } : address
    const [condition, parameters] = conditionOf(scoped)
    const found = await this.#query<VersionFound>(
      `select v.system_id::float8 as id, v.version, v.schema_version as "schemaVersion", v.version = r.version as newest, v.saved_at::text as "savedAt"
       from (select * from record where table_id = $1 and deleted_at is null ${condition}) r join record_version v on v.system_id = r.system_id
       where $2::bigint = 0 or v.version = $2::bigint order by r.object_id, v.version limit ${most}`,
      [table, version ?? 0, ...parameters],
    )
    return found
  }

  async rows(projection: Projection, slot: RowSlot, masters: readonly RecordPointer[], most: number): Promise<readonly WrittenRow[]> {
    const texts = kept(rowTexts, projection, () => rowStatements(projection, slot))
    const places = masters.map((_, place) => place)
    const idsOf = (chosen: readonly number[]) => array(chosen.map((place) => masters[place]?.id ?? 0))
    const now = places.filter((place) => masters[place]?.at === null)
    const then = places.filter((place) => masters[place]?.at !== null)
    const { by } = slot
    const [newest, older] = await Promise.all([
      now.length ? this.#query<RowRow>(texts.newest, [idsOf(now), slot.table, most, ...(typeof by === 'string' ? [] : [by.column])]) : [],
      then.length
        ? this.#query<RowRow>(texts.earlier, [
            idsOf(then),
            array(then.map((place) => masters[place]?.at ?? '')),
            ...[slot.table, most, ...(typeof by === 'string' ? [] : [String(by.column)])],
          ])
        : [],
    ])
    const written = (rows: readonly RowRow[], asked: readonly number[]) =>
      rows.map(({ place, facts, block }) => ({ master: asked[place - 1] ?? 0, facts: JSON.parse(facts) as RecordFacts, block }))
    return [...written(newest, now), ...written(older, then)]
  }

  async ghosts(ids: readonly number[]): Promise<ReadonlyMap<number, Ghost>> {
    const rows = await this.#query<Ghost & { readonly id: number }>(
      `select system_id::float8 as id, uuid, table_id as "table" from record_ghost where system_id = any($1::text::bigint[])`,
      [array(ids)],
    )
    return byId(rows, ({ uuid, table }): Ghost => ({ uuid, table }))
  }

  async collectionsOf(ids: readonly number[], sight: Sight): Promise<ReadonlyMap<number, readonly number[]>> {
    const rows = await this.#query<{ readonly id: number; readonly collections: readonly number[] }>(
      `select system_id::float8 as id, array_agg(collection_id order by collection_id)::float8[] as collections from collection_object
       where system_id = any($1::text::bigint[]) ${sight ? `and collection_id in (${IN_SIGHT})` : ''} group by system_id`,
      sight ? [array(ids), sight.ownerUser, JSON.stringify(sight.entries)] : [array(ids)],
    )
    return byId(rows, ({ collections }) => collections)
  }

  async states(wanted: Wanted, pointers: readonly RecordPointer[]): Promise<readonly (RecordFacts | null)[]> {
    const texts = kept(stateTexts, wanted, stateStatements)
    const now = pointers.filter((pointer) => pointer.at === null)
    const then = pointers.filter((pointer) => pointer.at !== null)
    const [newest, older] = await Promise.all([
      this.#newest(
        wanted,
        texts.newest,
        now.map((pointer) => pointer.id),
      ),
      then.length
        ? this.#facts(texts.earlier, [array(then.map((pointer) => pointer.id)), array(then.map((pointer) => pointer.at ?? ''))])
        : new Map<number, RecordFacts>(),
    ])
    // States of a moment are numbered by their place in the question, since one record may be asked for at several moments.
    let place = 0
    return pointers.map((pointer) => (pointer.at === null ? newest.get(pointer.id) : older.get(++place)) ?? null)
  }

  async tables(ids: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#query<{ id: number; table: number }>(
      `select system_id::float8 as id, table_id as "table" from record where system_id = any($1::text::bigint[])`,
      [array(ids)],
    )
    return new Map(rows.map((row) => [row.id, row.table]))
  }

  subjects(systemIds: readonly number[]): Promise<readonly AccessSubject[]> {
    return this.#query<AccessSubject>(SUBJECTS, [array(systemIds)])
  }

  files(ids: readonly number[]): Promise<FilesFound> {
    return filesShown((text, parameters) => this.#query(text, parameters), ids)
  }

  async names(ids: NameIds): Promise<Names> {
    const [users, groups, pools, tags] = await Promise.all([
      this.#named<UserRow>(USERS, ids.users),
      this.#named<LabelRow>(GROUPS, ids.groups),
      this.#named<LabelRow>(POOLS, ids.pools),
      this.#named<LabelRow>(TAGS, ids.tags),
    ])
    return {
      users: usersById(users, ids.users),
      groups: byId(groups, ({ id, label }): PersonName => ({ id, displayname: Object.values(label ?? {})[0] ?? `#${id}` })),
      pools: byId(pools, ({ id, label }): PoolName => ({ id, ...(label && { name: label }) })),
      tags: byId(tags, ({ id, label }): TagName => ({ id, ...(label && { displayname: label }) })),
    }
  }

  /** Many targets are the same from page to page: as with pages, the rows are asked for first. */
  async #newest(wanted: Wanted, text: string, ids: readonly number[]): Promise<ReadonlyMap<number, RecordFacts>> {
    if (ids.length < FEW) return ids.length ? this.#facts(text, [array(ids)]) : new Map()
    const [target] = await this.#query<{ rows: string | null }>(TARGET_ROWS, [array(ids)])
    const numbers = JSON.parse(`[${target?.rows ?? ''}]`) as number[]
    const prefix = `${this.#instanceId} target ${numberOf(wanted)}`
    const found = new Map<number, RecordFacts>()
    const missing: number[] = []
    for (let i = 0; i < numbers.length; i += 2) {
      const id = numbers[i] ?? 0
      const known = keptRecords.get(`${prefix} ${id} ${numbers[i + 1]}`)
      if (known) found.set(id, known.facts)
      else missing.push(id)
    }
    if (missing.length === 0) return found
    const rows = await this.#query<{ id: number; facts: string; row: number }>(text, [array(missing)])
    for (const { id, facts, row } of rows) {
      const read = JSON.parse(facts) as RecordFacts
      found.set(id, read)
      // Whether it has children is not written in its own row.
      if (!isHierarchical(wanted, read.table)) keptRecords.set(`${prefix} ${id} ${row}`, { facts: read, block: '' }, facts.length)
    }
    return found
  }

  async #facts(text: string, parameters: readonly Parameter[]): Promise<ReadonlyMap<number, RecordFacts>> {
    const rows = await this.#query<{ id: number; facts: string }>(text, parameters)
    return new Map(rows.map((row) => [row.id, JSON.parse(row.facts) as RecordFacts]))
  }

  async #named<T>(text: string, ids: ReadonlySet<number>): Promise<readonly T[]> {
    return ids.size ? this.#query<T>(text, [array([...ids])]) : []
  }

  async #query<T>(text: string, parameters: readonly Parameter[]): Promise<readonly T[]> {
    return (await this.#sql.unsafe(text, [...parameters], { prepare: true })) as unknown as readonly T[]
  }
}

/** Those of the collections holding records $1 that the user $2 owns, or that an entry among $3 opens, here or further up. */
const IN_SIGHT = `with recursive up(id, at, sticky_only) as (
    select distinct collection_id, collection_id, false from collection_object where system_id = any($1::text::bigint[])
    union
    select u.id, c.parent_id, u.sticky_only or c.private_acl from up u join collection c on c.id = u.at where c.parent_id is not null
  )
  select u.id from up u join jsonb_to_recordset($3::text::jsonb) as e(id bigint, sticky boolean) on e.id = u.at and (e.sticky or not u.sticky_only)
  union all select c.id from up u join collection c on c.id = u.at where u.id = u.at and c.owner_user = $2`

interface RowRow {
  readonly place: number
  readonly facts: string
  readonly block: string
}
const SUBJECTS = `select r.system_id::float8 as "systemId", r.table_id as "tableId", r.pool_id::float8 as "poolId", r.parent_id::float8 as "parentId",
    r.tags::float8[] as tags, r.owner_user::float8 as "ownerUser", r.owner_group::float8 as "ownerGroup", r.private_acl as "privateAcl", r.acl
  from unnest($1::text::bigint[]) p(id) cross join lateral (select * from record where system_id = p.id offset 0) r where r.deleted_at is null`

interface UserRow {
  readonly id: number
  readonly type: string
  readonly reference: string | null
  readonly login: string | null
  readonly email: string | null
  readonly data: Readonly<Record<string, unknown>>
}
interface LabelRow {
  readonly id: number
  readonly label: Readonly<Record<string, string>> | null
}
const NAME_FIELDS = ['displayname', 'first_name', 'last_name']
const USERS = `select id::float8 as id, type, login, email, reference, jsonb_build_object(${NAME_FIELDS.map((name) => `'${name}', data->'${name}'`).join(', ')}) as data
  from app_user where id = any($1::text::bigint[]) or reference = '${DELETED_USER_REFERENCE}'`
const GROUPS = `select id::float8 as id, data->'displayname' as label from app_group where id = any($1::text::bigint[])`
const POOLS = `select id::float8 as id, data->'name' as label from pool where id = any($1::text::bigint[])`
const TAGS = `select t.id::float8 as id, t.data->'displayname' as label from tag t
  join tag_group g on g.instance_id = t.instance_id and g.id = t.group_id where t.id = any($1::text::bigint[])
  order by g.position, g.id, t.position, t.id`

/** In full, a user is told with names, but without an address: whoever reads a record need not know how to write to its makers. */
function personOf(row: UserRow): PersonName {
  const names = Object.fromEntries(Object.entries(row.data).filter(([, name]) => typeof name === 'string' && name !== ''))
  const { type, login, reference } = row
  return {
    id: row.id,
    displayname: displaynameOf(row),
    more: { type, ...(login !== null && { login }), ...(reference !== null && { reference }), ...names },
  }
}

/** Whoever does not exist any more is shown as the user who stands for all of those. */
function usersById(rows: readonly UserRow[], asked: ReadonlySet<number>): ReadonlyMap<number, PersonName> {
  const found = byId(rows, personOf)
  const gone = rows.find((row) => row.reference === DELETED_USER_REFERENCE)
  return new Map(
    [...asked].flatMap((id) => {
      const user = found.get(id) ?? (gone && found.get(gone.id))
      return user ? [[id, user] as const] : []
    }),
  )
}
const byId = <R extends { readonly id: number }, T>(rows: readonly R[], make: (row: R) => T): ReadonlyMap<number, T> =>
  new Map(rows.map((row) => [row.id, make(row)]))

function statementOf(texts: RecordStatements, selection: Selection): [string, readonly Parameter[]] {
  switch (selection.by) {
    case 'page':
      return [texts.page, [selection.table, selection.limit, selection.offset]]
    case 'objectId':
      return [texts.byObjectId, [selection.table, array(selection.ids)]]
    case 'systemId':
      return [texts.bySystemId, [array(selection.ids)]]
    case 'version':
      return [texts.byVersion, [array(selection.versions.map((version) => version.id)), array(selection.versions.map((version) => version.version))]]
  }
}

function conditionOf(address: RecordAddress | { readonly ids: readonly number[] }): [string, readonly Parameter[]] {
  if ('ids' in address) return ['and system_id = any($3::text::bigint[])', [array(address.ids)]]
  if ('objectId' in address) return ['and object_id = $3::bigint', [address.objectId]]
  if ('systemId' in address) return ['and system_id = $3::bigint', [address.systemId]]
  return ['order by object_id limit $3::bigint offset $4::bigint', [address.limit, address.offset]]
}
