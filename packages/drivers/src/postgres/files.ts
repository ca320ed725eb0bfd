/** Files of one instance. Each change is one transaction, with its journal lines, jobs and events; no query per row. */
import type { FilePlace, StoredFile } from '@vitrine/domain/files/file'
import type { Effects, FileChange, FileLink, FileStore, NewFile, VersionsFound } from '@vitrine/domain/files/file-store'
import { addFiles, followFiles, refusedFiles } from './files-add.ts'
import { claimJournal, dueLocations, forgetJournal, nextDue, prolongJournal, sweepJournal, SweepReminder, writeJournal } from './files-journal.ts'
import { findVersions, type VersionAsked } from './files-versions.ts'
import { CHANGE_SETS, CHANGE_TYPES, changeRow, FILE_COLUMNS } from './files-rows.ts'
import { Gathering } from './gathering.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

/** Deeper chains of originals that were made of originals are not followed in one go. */
const DEEPEST = 100

export class PostgresFiles implements FileStore {
  readonly #db: TenantDatabase
  readonly #reminder = new SweepReminder()
  /** Downloads are many, short, and need one look each. */
  readonly #versions = new Gathering<VersionAsked, VersionsFound>((asked) => findVersions(this.#db, asked))

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  async add(files: readonly NewFile[], effects: Effects): Promise<StoredFile[]> {
    if (files.length === 0) return []
    try {
      return await this.#db.write((sql) => addFiles(sql, this.#db.instanceId, files, effects))
    } catch (error) {
      return refusedFiles(error, files)
    }
  }

  async change(changes: readonly FileChange[], effects: Effects): Promise<StoredFile[]> {
    if (changes.length === 0) return []
    const id = this.#db.instanceId
    try {
      return await this.#db.write(async (sql) => {
        const ids = changes.map((change) => change.id)
        const before = await sql<(FilePlace & { id: number; state: string })[]>`
          select id::float8 as id, state, location_id::float8 as "locationId", storage_key as "storageKey" from file
          where instance_id = ${id} and id = any(${ids}::bigint[]) order by id for update`
        const current = new Map(before.map((row) => [row.id, row]))
        const fitting = changes.filter((change) => (change.from as readonly string[]).includes(current.get(change.id)?.state ?? ''))
        if (fitting.length === 0) return []
        await claimJournal(
          sql,
          id,
          fitting.flatMap(({ bytes }) => bytes ?? []),
        )
        const replaced = fitting.flatMap((change) => {
          const old = current.get(change.id)
          return change.bytes && old && old.storageKey !== null ? [old] : []
        })
        await writeJournal(sql, id, { places: replaced, notBefore: new Date() })
        const changed = await sql<StoredFile[]>`
          update file f set ${sql.unsafe(CHANGE_SETS)}, state_at = case when 'state' = any(s.sets) and s.state <> f.state then now() else f.state_at end
          from jsonb_to_recordset(${sql.json(fitting.map(changeRow) as never)}::jsonb) as s(${sql.unsafe(CHANGE_TYPES)})
          where f.instance_id = ${id} and f.id = s.id returning ${sql.unsafe(FILE_COLUMNS)}`
        await followFiles(sql, id, effects)
        return [...changed]
      })
    } catch (error) {
      return refusedFiles(error, changes)
    }
  }

  find(ids: readonly number[]): Promise<StoredFile[]> {
    return this.#select((sql) => sql`where f.instance_id = ${this.#db.instanceId} and f.id = any(${[...ids]}::bigint[])`)
  }

  findByReference(references: readonly string[]): Promise<StoredFile[]> {
    return this.#select((sql) => sql`where f.instance_id = ${this.#db.instanceId} and f.reference = any(${[...references]}::text[])`)
  }

  async findByHash(hashes: readonly string[], limit: number): Promise<StoredFile[]> {
    return this.#db.read(async (sql) => [
      ...(await sql<StoredFile[]>`
        select f.* from unnest(${[...new Set(hashes)]}::text[]) as h(hash) cross join lateral (
          select ${sql.unsafe(FILE_COLUMNS)} from file f
          where f.instance_id = ${this.#db.instanceId} and f.hash = h.hash and f.kind in ('original', 'produced') order by f.id limit ${limit}) f
        order by f.id`),
    ])
  }

  async originals(ids: readonly number[] | null, after: number, limit: number): Promise<number[]> {
    return this.#db.read(async (sql) => {
      const rows = await sql<{ id: number }[]>`
        select f.id::float8 as id from file f ${this.#originals(sql, ids)} and f.id > ${after} order by f.id limit ${limit}`
      return rows.map(({ id }) => id)
    })
  }

  async countOriginals(ids: readonly number[] | null): Promise<number> {
    const [row] = await this.#db.read((sql) => sql<{ count: number }[]>`select count(*)::float8 as count from file f ${this.#originals(sql, ids)}`)
    return row?.count ?? 0
  }

  below(parentIds: readonly number[]): Promise<StoredFile[]> {
    return this.#select((sql) => sql`where f.instance_id = ${this.#db.instanceId} and f.parent_id = any(${[...parentIds]}::bigint[]) order by f.id`)
  }

  findVersion(id: number, hash: string): Promise<VersionsFound> {
    return this.#versions.ask({ id, hash })
  }

  async links(fileIds: readonly number[]): Promise<FileLink[]> {
    return this.#db.read(async (sql) => [
      ...(await sql<FileLink[]>`
        select distinct file_id::float8 as "fileId", from_id::float8 as "systemId", column_id as "columnId", live from file_link
        where instance_id = ${this.#db.instanceId} and file_id = any(${[...fileIds]}::bigint[]) order by 2, 3`),
    ])
  }

  remove(ids: readonly number[], effects: Effects): Promise<number[]> {
    const id = this.#db.instanceId
    return this.#db.write(async (sql) => {
      // Whoever links a file holds its row, so that a link cannot come to a file that goes.
      const all = await sql<(FilePlace & { id: number; root: number })[]>`
        with recursive tree as (
          select id, id as root, 0 as depth from file where instance_id = ${id} and id = any(${[...ids]}::bigint[])
          union all
          select f.id, t.root, t.depth + 1 from file f join tree t on f.instance_id = ${id} and f.parent_id = t.id where t.depth < ${DEEPEST})
        select f.id::float8 as id, t.root::float8 as root, f.location_id::float8 as "locationId", f.storage_key as "storageKey"
        from file f join tree t on f.instance_id = ${id} and f.id = t.id order by f.id for update of f`
      const linked = await sql<{ id: number }[]>`
        select distinct file_id::float8 as id from file_link where instance_id = ${id} and file_id = any(${all.map((row) => row.id)}::bigint[])`
      const held = new Set(linked.map((row) => row.id))
      const stays = new Set(all.filter((row) => held.has(row.id)).map(({ root }) => root))
      const going = all.filter(({ root }) => !stays.has(root))
      const places = going.filter(({ storageKey }) => storageKey !== null)
      await writeJournal(sql, id, { places, notBefore: new Date() })
      await sql`delete from file where instance_id = ${id} and id = any(${going.map((row) => row.id)}::bigint[])`
      if (going.length > 0) await followFiles(sql, id, effects)
      return [...new Set(going.map((row) => row.id))]
    })
  }

  journal(places: readonly FilePlace[], notBefore: Date): Promise<void> {
    return this.#db.write((sql) => writeJournal(sql, this.#db.instanceId, { places, notBefore, reminder: this.#reminder }))
  }

  prolong(place: FilePlace, notBefore: Date): Promise<boolean> {
    return prolongJournal(this.#db, place, notBefore)
  }

  forget(places: readonly FilePlace[]): Promise<void> {
    return this.#db.write((sql) => forgetJournal(sql, this.#db.instanceId, places))
  }

  dueLocations(): Promise<number[]> {
    return dueLocations(this.#db)
  }

  sweepDue(locationId: number, limit: number, remove: (keys: readonly string[]) => Promise<void>): Promise<number> {
    return sweepJournal(this.#db, { locationId, limit }, remove)
  }

  nextDue(): Promise<Date | null> {
    return nextDue(this.#db)
  }

  #originals(sql: TenantSql, ids: readonly number[] | null) {
    return sql`where f.instance_id = ${this.#db.instanceId} and f.kind in ('original', 'produced')
      and (${ids === null} or f.id = any(${[...(ids ?? [])]}::bigint[]))`
  }

  async #select(where: (sql: TenantSql) => ReturnType<TenantSql>): Promise<StoredFile[]> {
    return this.#db.read(async (sql) => [...(await sql<StoredFile[]>`select ${sql.unsafe(FILE_COLUMNS)} from file f ${where(sql)}`)])
  }
}
