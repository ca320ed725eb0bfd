/** Finding what a save names: records, pools, tags, people. Set-based, and started where they are called. */
import type { AccessSubject } from '@vitrine/domain/access/access'
import type {
  Addresses,
  BaseRow,
  Found,
  GroupRow,
  Identity,
  PoolRow,
  RecordTransaction,
  ReversePlace,
  ReverseRow,
  TagRow,
  Wanted,
} from '@vitrine/domain/objects/write-store'
import { DATAMODEL_LOCK } from './datamodel.ts'
import { identityOf, type IdentityRow } from './records-write-rows.ts'
import type { TenantSql } from './tenant-database.ts'

type Json = Readonly<Record<string, unknown>>

export class RecordFinder {
  readonly #sql: TenantSql
  readonly #id: string

  constructor(sql: TenantSql, instanceId: string) {
    this.#sql = sql
    this.#id = instanceId
  }

  async datamodelVersion(): Promise<number> {
    // The lock keeps a commit waiting until this save is through; the version is read after that, by a statement of its own,
    // so a commit that was faster is seen.
    const held = this.#sql`select pg_advisory_xact_lock_shared(${DATAMODEL_LOCK}, hashtext(${this.#id}))`.execute()
    const read = this.#sql<{ version: number | null }[]>`
      select max(version) as version from datamodel_version where instance_id = ${this.#id} and committed_at is not null`.execute()
    const [[row]] = await Promise.all([read, held])
    return row?.version ?? 0
  }

  async records({ systemIds, uuids, objects }: Parameters<RecordTransaction['findRecords']>[0]): Promise<Identity[]> {
    const rows = await this.#sql<IdentityRow[]>`
      select system_id, table_id, object_id, uuid from record
        where instance_id = ${this.#id} and system_id = any(${systemIds as number[]}::bigint[]) and deleted_at is null
      union all select system_id, table_id, object_id, uuid from record
        where instance_id = ${this.#id} and uuid = any(${uuids as string[]}::uuid[]) and deleted_at is null
      union all select r.system_id, r.table_id, r.object_id, r.uuid
        from unnest(${objects.map(({ tableId }) => tableId)}::int[], ${objects.map(({ objectId }) => objectId)}::bigint[]) as w(t, o)
        join record r on r.instance_id = ${this.#id} and r.table_id = w.t and r.object_id = w.o and r.deleted_at is null`.execute()
    return rows.map(identityOf)
  }

  async byUnique(key: string, wanted: readonly Wanted<string>[]): Promise<Found[]> {
    const rows = await this.#sql<FoundRow[]>`
      select w.n, u.from_id as system_id
      from unnest(${wanted.map(({ n }) => n)}::int[], ${wanted.map(({ value }) => value)}::text[]) as w(n, d)
      cross join lateral (
        select from_id from record_unique where instance_id = ${this.#id} and key = ${key} and value = decode(w.d, 'hex') offset 0) u`.execute()
    return rows.map(foundOf)
  }

  /**
   * Reads the type once, and looks each value up among the wanted ones. A join would leave it to the planner which side it
   * repeats, and right after an import the planner knows nothing of the table.
   */
  async byColumn(tableId: number, column: string, wanted: readonly Wanted<unknown>[], language?: string): Promise<Found[]> {
    const byText = this.#sql.json(groupedByText(wanted, language) as never)
    const path = language === undefined ? [column] : [column, language]
    const rows = await this.#sql<FoundRow[]>`
      select (w.entry ->> 'n')::int as n, r.system_id
      from record r cross join lateral jsonb_array_elements(${byText}::jsonb -> (r.content #>> ${path}::text[])) as w(entry)
      where r.instance_id = ${this.#id} and r.table_id = ${tableId} and r.deleted_at is null
        and jsonb_exists(${byText}::jsonb, r.content #>> ${path}::text[]) and r.content -> ${column} @> (w.entry -> 'value')`.execute()
    return rows.map(foundOf)
  }

  async pools({ ids, references }: Addresses): Promise<PoolRow[]> {
    const rows = await this.#sql<(BaseSql & { root: boolean })[]>`
      select id, reference, parent_id is null as root from pool
      where instance_id = ${this.#id} and (id = any(${ids as number[]}::bigint[]) or reference = any(${references as string[]}::text[]))
      order by id for key share`.execute()
    return rows.map((row) => ({ ...baseOf(row), isRoot: row.root }))
  }

  async tags({ ids, references }: Addresses): Promise<TagRow[]> {
    const rows = await this.#sql<(BaseSql & { data: Json; group_id: string; type: string; group_data: Json; group_reference: string | null })[]>`
      select t.id, t.reference, t.data, t.group_id, g.type, g.data as group_data, g.reference as group_reference
      from tag t join tag_group g on g.instance_id = t.instance_id and g.id = t.group_id
      where t.instance_id = ${this.#id} and (t.id = any(${ids as number[]}::bigint[]) or t.reference = any(${references as string[]}::text[])
            or (t.data -> 'is_default') = 'true'::jsonb)
      order by g.position, t.position, t.id for key share of t`.execute()
    return rows.map((row) => ({
      ...baseOf(row),
      isDefault: row.data.is_default === true && row.data.enabled !== false,
      hidden: row.data.displaytype === 'hidden',
      group: { id: Number(row.group_id), name: groupName(row.group_data, row.group_reference ?? row.group_id), choice: row.type === 'choice' },
    }))
  }

  async users({ ids, references }: Addresses): Promise<BaseRow[]> {
    const rows = await this.#sql<BaseSql[]>`
      select id, reference from app_user
      where instance_id = ${this.#id} and (id = any(${ids as number[]}::bigint[]) or reference = any(${references as string[]}::text[]))
      order by id for key share`.execute()
    return rows.map(baseOf)
  }

  async groups({ ids, references }: Addresses): Promise<GroupRow[]> {
    const rows = await this.#sql<(BaseSql & { type: string })[]>`
      select id, reference, type from app_group
      where instance_id = ${this.#id} and (id = any(${ids as number[]}::bigint[]) or reference = any(${references as string[]}::text[]))
      order by id for key share`.execute()
    return rows.map((row) => ({ ...baseOf(row), isSystem: row.type === 'system' }))
  }

  async cycle(systemIds: readonly number[]): Promise<number | undefined> {
    // `union` drops what was seen before, so the walk ends inside a circle as well.
    const [row] = await this.#sql<{ start: string }[]>`
      with recursive above(start, at) as (
        select start, at from (
          select system_id as start, parent_id as at from record where instance_id = ${this.#id} and system_id = any(${systemIds as number[]}::bigint[])
          union all select child_id, parent_id from record_parent_link where instance_id = ${this.#id} and child_id = any(${systemIds as number[]}::bigint[])
        ) first where at is not null
        union
        select above.start, up.at from above cross join lateral (
          select parent_id as at from record where instance_id = ${this.#id} and system_id = above.at and parent_id is not null
          union all select parent_id from record_parent_link where instance_id = ${this.#id} and child_id = above.at
        ) up
      )
      select start from above where at = start limit 1`.execute()
    return row ? Number(row.start) : undefined
  }

  async reverseRows(places: readonly ReversePlace[]): Promise<ReverseRow[]> {
    const rows = await this.#sql<{ o: string; c: number | null; system_id: string }[]>`
      select w.o, w.c, r.system_id
      from jsonb_to_recordset(${this.#sql.json(places.map(({ ownerId: o, tableId: t, columnId: c, polyhierarchical: p }) => ({ o, t, c, p })))})
        as w(o bigint, t int, c int, p boolean)
      cross join lateral (
        select from_id as id from record_link where w.c is not null and instance_id = ${this.#id} and to_id = w.o and column_id = w.c
        union all select system_id from record where w.c is null and not w.p and instance_id = ${this.#id} and parent_id = w.o
        union all select child_id from record_parent_link where w.c is null and w.p and instance_id = ${this.#id} and parent_id = w.o
      ) inside
      cross join lateral (
        select system_id from record where instance_id = ${this.#id} and system_id = inside.id and table_id = w.t and deleted_at is null offset 0) r
      order by w.o, w.c, r.system_id`.execute()
    return rows.map((row) => ({ ownerId: Number(row.o), columnId: row.c, systemId: Number(row.system_id) }))
  }

  async linkedFrom(systemIds: readonly number[], columnIds: readonly number[]): Promise<number[]> {
    const rows = await this.#sql<{ to_id: string }[]>`
      select distinct to_id from record_link
      where instance_id = ${this.#id} and from_id = any(${systemIds as number[]}::bigint[]) and column_id = any(${columnIds as number[]}::int[])`.execute()
    return rows.map((row) => Number(row.to_id))
  }

  async subjects(systemIds: readonly number[]): Promise<AccessSubject[]> {
    const rows = await this.#sql<SubjectRow[]>`
      select system_id, table_id, pool_id, parent_id, tags, owner_user, owner_group, private_acl, acl
      from record where instance_id = ${this.#id} and system_id = any(${systemIds as number[]}::bigint[]) and deleted_at is null order by system_id`.execute()
    return rows.map(subjectOf)
  }
}

interface SubjectRow {
  system_id: string
  table_id: number
  pool_id: string | null
  parent_id: string | null
  tags: string[]
  owner_user: string | null
  owner_group: string | null
  private_acl: boolean
  acl: AccessSubject['acl']
}
const idOf = (value: string | null) => (value === null ? null : Number(value))
const subjectOf = (row: SubjectRow): AccessSubject => ({
  systemId: Number(row.system_id),
  tableId: row.table_id,
  poolId: idOf(row.pool_id),
  parentId: idOf(row.parent_id),
  tags: row.tags.map(Number),
  ownerUser: idOf(row.owner_user),
  ownerGroup: idOf(row.owner_group),
  privateAcl: row.private_acl,
  acl: row.acl,
})

interface FoundRow {
  n: number
  system_id: string
}
interface BaseSql {
  id: string
  reference: string | null
}
/** Texts and integers look the same as text here and in the database. */
function groupedByText(wanted: readonly Wanted<unknown>[], language: string | undefined): Readonly<Record<string, Wanted<unknown>[]>> {
  const groups = new Map<string, Wanted<unknown>[]>()
  for (const { n, value } of wanted) {
    const text = String(language === undefined ? value : (value as Json)[language])
    groups.set(text, [...(groups.get(text) ?? []), { n, value }])
  }
  return Object.fromEntries(groups)
}

const foundOf = (row: FoundRow): Found => ({ n: row.n, systemId: Number(row.system_id) })
const baseOf = ({ id, reference }: BaseSql): BaseRow => ({ id: Number(id), reference })

/** A label of the group for a message: any language is better than a number. */
function groupName({ displayname }: Json, otherwise: string): string {
  const [label] = typeof displayname === 'object' && displayname !== null ? Object.values(displayname) : []
  return typeof label === 'string' && label !== '' ? label : otherwise
}
