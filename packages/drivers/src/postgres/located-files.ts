/** Files by where they lie, and the change of that. */
import type { FilePlace } from '@vitrine/domain/files/file'
import type { LocatedFile, LocatedFiles, PlaceSwitch } from '@vitrine/domain/locations/located-files'
import { insertTrail } from './events-insert.ts'
import { claimJournal, SweepReminder, writeJournal } from './files-journal.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

const COLUMNS = `f.id::float8 as id, f.kind, f.location_id::float8 as "locationId", f.storage_key as "storageKey", f.size_bytes::float8 as "sizeBytes",
  f.sha256, f.mime_type as "mimeType", f.problem`

export class PostgresLocatedFiles implements LocatedFiles {
  readonly #db: TenantDatabase
  readonly #reminder = new SweepReminder()

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  page(locationId: number, after: number, limit: number, task: number): Promise<LocatedFile[]> {
    return this.#select(
      (
        sql,
      ) => sql`where f.instance_id = ${this.#db.instanceId} and f.location_id = ${locationId} and f.id > ${after} and ${this.#notGivenUp(sql, task)}
        order by f.id limit ${limit}`,
    )
  }

  pageByKey(locationId: number, after: string, limit: number): Promise<LocatedFile[]> {
    return this.#select(
      (sql) => sql`where f.instance_id = ${this.#db.instanceId} and f.location_id = ${locationId} and f.storage_key > ${after}
        order by f.storage_key limit ${limit}`,
    )
  }

  at(locationId: number, keys: readonly string[]): Promise<LocatedFile[]> {
    return this.#select(
      (sql) => sql`where f.instance_id = ${this.#db.instanceId} and f.location_id = ${locationId} and f.storage_key = any(${[...keys]}::text[])`,
    )
  }

  async left(locationId: number, task: number): Promise<{ readonly files: number; readonly bytes: number }> {
    const [row] = await this.#db.read(
      (sql) => sql<[{ files: number; bytes: number }]>`
        select count(*)::float8 as files, coalesce(sum(f.size_bytes), 0)::float8 as bytes from file f
        where f.instance_id = ${this.#db.instanceId} and f.location_id = ${locationId} and ${this.#notGivenUp(sql, task)}`,
    )
    return row
  }

  async named(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set()
    const rows = await this.#db.read((sql) => this.#named(sql, keys))
    return new Set(rows.map(({ key }) => key))
  }

  twins({ id, sha256 }: LocatedFile, limit: number): Promise<LocatedFile[]> {
    return this.#select(
      (sql) => sql`where f.instance_id = ${this.#db.instanceId} and f.hash = ${sha256} and f.sha256 = ${sha256} and f.id <> ${id}
        and f.storage_key is not null order by f.id limit ${limit}`,
    )
  }

  switchPlace({ file, to, keepOldUntil, trail, task, problem }: PlaceSwitch): Promise<boolean> {
    const instance = this.#db.instanceId
    return this.#db.write(async (sql) => {
      const { count } = await sql`
        update file set location_id = ${to.locationId}, storage_key = ${to.storageKey}, problem = ${problem}
        where instance_id = ${instance} and id = ${file.id} and location_id = ${file.locationId} and storage_key = ${file.storageKey}`
      if (count === 0) return false
      await claimJournal(sql, instance, [to])
      if (keepOldUntil !== null) await writeJournal(sql, instance, { places: [file], notBefore: keepOldUntil, reminder: this.#reminder })
      await sql`
        update storage_task set files_done = files_done + 1, bytes_done = bytes_done + ${file.sizeBytes}, updated_at = now()
        where instance_id = ${instance} and id = ${task} and kind = 'move'`
      await insertTrail(sql, instance, trail)
      return true
    })
  }

  async setProblems(problems: readonly { readonly id: number; readonly problem: string | null }[]): Promise<void> {
    if (problems.length === 0) return
    await this.#db.write(
      (sql) => sql`
        update file f set problem = r.problem from jsonb_to_recordset(${sql.json(problems as never)}::jsonb) as r(id bigint, problem text)
        where f.instance_id = ${this.#db.instanceId} and f.id = r.id`,
    )
  }

  discard(locationId: number, keys: readonly string[]): Promise<readonly FilePlace[]> {
    return this.#db.write(async (sql) => {
      const named = new Set((await this.#named(sql, keys)).map(({ key }) => key))
      const places = keys.filter((key) => !named.has(key)).map((storageKey) => ({ locationId, storageKey }))
      await writeJournal(sql, this.#db.instanceId, { places, notBefore: new Date() })
      return places
    })
  }

  /** In whatever location: two of them may be one place under two names. */
  #named(sql: TenantSql, keys: readonly string[]): Promise<{ key: string }[]> {
    const instance = this.#db.instanceId
    return sql<{ key: string }[]>`
      with l as (select id from storage_location where instance_id = ${instance}), k as (select unnest(${[...keys]}::text[]) as key)
      select k.key from k where exists (
          select from l join file f on f.instance_id = ${instance} and f.location_id = l.id and f.storage_key = k.key)
        or exists (select from l join file_journal j on j.instance_id = ${instance} and j.location_id = l.id and j.storage_key = k.key)
        or exists (select from file_upload_part p where p.instance_id = ${instance} and p.storage_key = k.key)`
  }

  #notGivenUp(sql: TenantSql, task: number) {
    return sql`not exists (select from storage_finding g
      where g.instance_id = ${this.#db.instanceId} and g.task_id = ${task} and g.storage_key = f.storage_key and g.kind = 'unmoved')`
  }

  async #select(where: (sql: TenantSql) => ReturnType<TenantSql>): Promise<LocatedFile[]> {
    return this.#db.read(async (sql) => [...(await sql<LocatedFile[]>`select ${sql.unsafe(COLUMNS)} from file f ${where(sql)}`)])
  }
}
