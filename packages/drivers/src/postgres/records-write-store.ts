/**
 * Locks and changes of a record transaction. Rows are always locked in ascending order of system ids. Queries are executed where
 * they are written: the client's queries are lazy, and the order of statements matters here.
 */
import { NO_ROW } from '@vitrine/domain/objects/content'
import type { LinkRow, ParentRow, RecordRow, StoredRecord, UniqueRow } from '@vitrine/domain/objects/write-store'
import {
  parameterOf,
  PLACEMENT_COLUMNS,
  PLACEMENT_PARAMETERS,
  PLACEMENT_TYPES,
  STORED_COLUMNS,
  storedOf,
  type StoredRow,
} from './records-write-rows.ts'
import type { TenantSql } from './tenant-database.ts'

/** The first half of the advisory lock's key, so that it meets no other use of advisory locks. */
const HIERARCHY_LOCK = 0x6869

export class RecordWriter {
  readonly #sql: TenantSql
  readonly #id: string

  constructor(sql: TenantSql, instanceId: string) {
    this.#sql = sql
    this.#id = instanceId
  }

  async lockHierarchy(tableId: number): Promise<void> {
    // Two instances may share a lock by chance of the hash; that costs a wait and nothing else.
    await this.#sql`select pg_advisory_xact_lock(${HIERARCHY_LOCK}, hashtext(${`${this.#id}/${tableId}`}))`.execute()
  }

  async lockForChange(systemIds: readonly number[]): Promise<StoredRecord[]> {
    const rows = await this.#sql<StoredRow[]>`
      select ${this.#sql.unsafe(STORED_COLUMNS)} from record where instance_id = ${this.#id} and system_id = any(${systemIds as number[]}::bigint[]) and deleted_at is null
      order by system_id for no key update`.execute()
    return rows.map(storedOf)
  }

  async lockObjectsForChange(tableId: number, objectIds: readonly number[]): Promise<StoredRecord[]> {
    const rows = await this.#sql<StoredRow[]>`
      select ${this.#sql.unsafe(STORED_COLUMNS)} from record where instance_id = ${this.#id} and table_id = ${tableId} and object_id = any(${objectIds as number[]}::bigint[]) and deleted_at is null
      order by system_id for no key update`.execute()
    return rows.map(storedOf)
  }

  async lockTargets(systemIds: readonly number[]): Promise<number[]> {
    const rows = await this.#sql<{ system_id: string }[]>`
      select system_id from record where instance_id = ${this.#id} and system_id = any(${systemIds as number[]}::bigint[]) and deleted_at is null
      order by system_id for key share`.execute()
    return rows.map((row) => Number(row.system_id))
  }

  async insert(records: readonly RecordRow[]): Promise<number[]> {
    const rows = await this.#sql<{ system_id: string }[]>`
      with incoming as materialized (
        select * from jsonb_to_recordset(${this.#sql.json(records.map(parameterOf) as never)})
          as i(s bigint, t int, o bigint, u uuid, v int, sv int, ca timestamptz, ma timestamptz, cu bigint, "by" bigint, cm text, st text[],
               ${this.#sql.unsafe(PLACEMENT_TYPES)})
      ), stored as (
        insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, create_user,
                            system_tags, ${this.#sql.unsafe(PLACEMENT_COLUMNS)})
        select ${this.#id}, s, t, o, u, v, sv, ca, ma, cu, st, ${this.#sql.unsafe(PLACEMENT_PARAMETERS)} from incoming order by s
        on conflict do nothing returning system_id
      )
      insert into record_version (instance_id, system_id, version, schema_version, operation, saved_at, saved_by, comment, modified_at,
                                  ${this.#sql.unsafe(PLACEMENT_COLUMNS)})
      select ${this.#id}, s, v, sv, 'INSERT', clock_timestamp(), "by", cm, ma, ${this.#sql.unsafe(PLACEMENT_PARAMETERS)}
      from incoming join stored on stored.system_id = incoming.s
      returning system_id`.execute()
    return rows.map((row) => Number(row.system_id))
  }

  async update(records: readonly RecordRow[]): Promise<void> {
    // The planner does not know how few records come in, and would read the whole table without the list of ids.
    const ids = records.map(({ systemId }) => systemId)
    await this.#sql`
      with incoming as materialized (
        select * from jsonb_to_recordset(${this.#sql.json(records.map(parameterOf) as never)})
          as i(s bigint, v int, sv int, ma timestamptz, "by" bigint, cm text, st text[], ${this.#sql.unsafe(PLACEMENT_TYPES)})
      ), stored as (
        update record r set version = v, schema_version = sv, modified_at = ma, system_tags = st,
                            (${this.#sql.unsafe(PLACEMENT_COLUMNS)}) = row(${this.#sql.unsafe(PLACEMENT_PARAMETERS)})
        from incoming where r.instance_id = ${this.#id} and r.system_id = incoming.s and r.system_id = any(${ids}::bigint[])
      )
      insert into record_version (instance_id, system_id, version, schema_version, operation, saved_at, saved_by, comment, modified_at,
                                  ${this.#sql.unsafe(PLACEMENT_COLUMNS)})
      select ${this.#id}, s, v, sv, 'UPDATE', clock_timestamp(), "by", cm, ma, ${this.#sql.unsafe(PLACEMENT_PARAMETERS)} from incoming`.execute()
  }

  async replaceLinks(changed: readonly number[], links: readonly LinkRow[]): Promise<void> {
    const steps: Promise<unknown>[] = []
    if (changed.length > 0)
      steps.push(this.#sql`delete from record_link where instance_id = ${this.#id} and from_id = any(${changed as number[]}::bigint[])`.execute())
    if (links.length > 0) steps.push(this.#insertLinks(links))
    await Promise.all(steps)
  }

  #insertLinks(links: readonly LinkRow[]): Promise<unknown> {
    // Most links stand in the record itself; they travel without the row that they do not have.
    const rows = links.map(({ fromId: f, columnId: c, rowUuid: r, toId: t }) => (r === NO_ROW ? { f, c, t } : { f, c, r, t }))
    return this.#sql`
      insert into record_link (instance_id, from_id, column_id, row_uuid, to_id)
      select ${this.#id}, f, c, coalesce(r, ${NO_ROW}), t
      from jsonb_to_recordset(${this.#sql.json(rows)}) as i(f bigint, c int, r uuid, t bigint)`.execute()
  }

  async mark(marks: readonly { readonly systemId: number; readonly systemTags: readonly string[] }[]): Promise<void> {
    const rows = this.#sql.json(marks.map(({ systemId: s, systemTags: t }) => ({ s, t })) as never)
    await this.#sql`
      update record r set system_tags = i.t from jsonb_to_recordset(${rows}) as i(s bigint, t text[])
      where r.instance_id = ${this.#id} and r.system_id = i.s and r.system_id = any(${marks.map(({ systemId }) => systemId)}::bigint[])`.execute()
  }

  async replaceParents(changed: readonly number[], parents: readonly ParentRow[]): Promise<void> {
    const rows = this.#sql.json(parents.map(({ childId: c, parentId: p }) => ({ c, p })))
    await Promise.all([
      changed.length > 0 &&
        this.#sql`delete from record_parent_link where instance_id = ${this.#id} and child_id = any(${changed as number[]}::bigint[])`.execute(),
      parents.length > 0 &&
        this.#sql`insert into record_parent_link (instance_id, child_id, parent_id)
          select ${this.#id}, c, p from jsonb_to_recordset(${rows}) as i(c bigint, p bigint) on conflict do nothing`.execute(),
    ])
  }

  async replaceUniques(changed: readonly number[], uniques: readonly UniqueRow[]): Promise<(UniqueRow & { holder: number })[]> {
    const rows = this.#sql.json(uniques.map(({ key: k, digest: d, fromId: f, rowUuid: r }) => ({ k, d, f, r })))
    const steps: Promise<unknown>[] = []
    if (changed.length > 0 && uniques.length > 0) steps.push(this.#lockUniques(changed, uniques))
    if (changed.length > 0)
      steps.push(
        this.#sql`
        delete from record_unique u where instance_id = ${this.#id} and from_id = any(${changed as number[]}::bigint[]) and not exists (
          select from jsonb_to_recordset(${rows}) as i(k text, d text, f bigint)
          where i.f = u.from_id and i.k = u.key and decode(i.d, 'hex') = u.value)`.execute(),
      )
    const inserted = uniques.length === 0 ? [] : this.#insertUniques(uniques)
    const [taken] = await Promise.all([inserted, ...steps])
    return taken
  }

  /**
   * What is given up and what is wanted, in the one order of values: two records that swap values would otherwise each give theirs
   * up and then wait for the other's. The inner statement runs once for each value, as they come.
   */
  async #lockUniques(changed: readonly number[], uniques: readonly UniqueRow[]): Promise<void> {
    const wanted = this.#sql.json(uniques.map(({ key: k, digest: d }) => ({ k, d })))
    await this.#sql`
      select 1 from (
        select key, value from record_unique where instance_id = ${this.#id} and from_id = any(${changed as number[]}::bigint[])
        union select k, decode(d, 'hex') from jsonb_to_recordset(${wanted}) as i(k text, d text)
        order by 1, 2 offset 0) meant
      cross join lateral (
        select 1 from record_unique where instance_id = ${this.#id} and key = meant.key and value = meant.value for update) held`.execute()
  }

  /** A row that another record holds is left alone and answered; waiting for it is what makes one of two racing inserts win. */
  async #insertUniques(uniques: readonly UniqueRow[]): Promise<(UniqueRow & { holder: number })[]> {
    const rows = this.#sql.json(uniques.map(({ key: k, digest: d, fromId: f, rowUuid: r }) => ({ k, d, f, r })))
    const held = await this.#sql<{ key: string; digest: string }[]>`
      insert into record_unique as u (instance_id, key, value, from_id, row_uuid)
      select ${this.#id}, k, decode(d, 'hex'), f, r from jsonb_to_recordset(${rows}) as i(k text, d text, f bigint, r uuid) order by k, d
      on conflict (instance_id, key, value) do update set row_uuid = excluded.row_uuid where u.from_id = excluded.from_id
      returning key, encode(value, 'hex') as digest`.execute()
    if (held.length === uniques.length) return []
    const mine = new Set(held.map(({ key, digest }) => `${key} ${digest}`))
    return this.#holders(uniques.filter(({ key, digest }) => !mine.has(`${key} ${digest}`)))
  }

  async #holders(uniques: readonly UniqueRow[]): Promise<(UniqueRow & { holder: number })[]> {
    const rows = uniques.map(({ key: k, digest: d }, n) => ({ n, k, d }))
    const found = await this.#sql<{ n: number; from_id: string }[]>`
      select w.n, u.from_id from jsonb_to_recordset(${this.#sql.json(rows)}) as w(n int, k text, d text)
      join record_unique u on u.instance_id = ${this.#id} and u.key = w.k and u.value = decode(w.d, 'hex')`.execute()
    const holders = new Map(found.map((row) => [row.n, Number(row.from_id)]))
    return uniques.map((row, n) => ({ ...row, holder: holders.get(n) ?? 0 }))
  }
}
