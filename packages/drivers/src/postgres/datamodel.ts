/**
 * Versions of the datamodel. Editors and commits keep each other out by the row of the newest commit; saves of records and
 * commits by a lock that the saves share. A commit that was made while somebody waited leaves the waiter with the wrong row,
 * so the newest one is looked for again once the lock is held.
 */
import { fail } from '@vitrine/domain/errors'
import type { VersionDocuments } from '@vitrine/domain/datamodel/compile-datamodel'
import type { DatamodelState, DatamodelStore, DatamodelTransaction, RecordContent, RecordCount } from '@vitrine/domain/datamodel/datamodel-store'
import { judgedAnew } from '@vitrine/domain/datamodel/violation-marks'
import { insertEvents } from './events-insert.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'
import { keepUnjudged, lockUnjudged } from './violations.ts'

/**
 * First half of the key of an advisory lock: saves of records share it, a commit has it alone. A lock of a row would do the
 * same, but all savers of an instance would write their marks into that one row.
 */
export const DATAMODEL_LOCK = 0x646d

interface Row {
  version: number
  committedAt: Date | null
  schema: VersionDocuments['schema']
  masks: VersionDocuments['masks']
  translations: VersionDocuments['translations']
}

export class PostgresDatamodels implements DatamodelStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  currentVersion(): Promise<number> {
    return this.#db.read(async (sql) => (await newest(sql, this.#db.instanceId)) ?? 0)
  }

  find(version: number | 'HEAD' | 'CURRENT'): Promise<VersionDocuments | null> {
    const instance = this.#db.instanceId
    return this.#db.read(async (sql) => {
      const which =
        version === 'HEAD'
          ? sql`committed_at is null`
          : version === 'CURRENT'
            ? sql`committed_at is not null`
            : sql`committed_at is not null and version = ${version}`
      const [row] = await sql<Row[]>`
        select version, committed_at as "committedAt", schema, masks, translations
        from datamodel_version where instance_id = ${instance} and ${which} order by version desc limit 1`
      return row ?? null
    })
  }

  change<T>(purpose: 'edit' | 'commit', work: (state: DatamodelState, tx: DatamodelTransaction) => Promise<T>): Promise<T> {
    return this.#db.write(async (sql) => work(await lockedState(sql, this.#db.instanceId, purpose), new Transaction(sql, this.#db.instanceId)))
  }

  async seed({ version, schema, masks, translations }: Omit<VersionDocuments, 'committedAt'>): Promise<void> {
    const instance = this.#db.instanceId
    await this.#db.write(
      (sql) => sql`
        insert into datamodel_version (instance_id, version, based_on, committed_at, schema, masks, translations)
        select ${instance}, ${version}, 0, now(), ${sql.json(schema as never)}::jsonb, ${sql.json(masks as never)}::jsonb, ${sql.json(translations as never)}::jsonb
        where not exists (select 1 from datamodel_version where instance_id = ${instance})
        on conflict do nothing`,
    )
  }
}

async function newest(sql: TenantSql, instance: string): Promise<number | undefined> {
  const [row] = await sql<{ version: number }[]>`
    select version from datamodel_version where instance_id = ${instance} and committed_at is not null order by version desc limit 1`
  return row?.version
}

async function lockedState(sql: TenantSql, instance: string, purpose: 'edit' | 'commit'): Promise<DatamodelState> {
  if (purpose === 'commit') {
    // In this order: a walk holds the list and waits for records, whose savers wait for the commit.
    await lockUnjudged(sql, instance)
    await sql`select pg_advisory_xact_lock(${DATAMODEL_LOCK}, hashtext(${instance}))`
  }
  for (let version = await newest(sql, instance); version !== undefined;) {
    await sql`select 1 from datamodel_version where instance_id = ${instance} and version = ${version} for no key update`
    const rows = await sql<Row[]>`
      select version, committed_at as "committedAt", schema, masks, translations
      from datamodel_version where instance_id = ${instance} and version >= ${version} order by version`
    const [current, head] = [rows.findLast((row) => row.committedAt !== null), rows.find((row) => row.committedAt === null)]
    if (current?.version === version) return { current, head: head ?? null }
    version = current?.version
  }
  return fail('ServerGeneric', { msg: 'the instance has no datamodel' })
}

class Transaction implements DatamodelTransaction {
  readonly #sql: TenantSql
  readonly #instance: string

  constructor(sql: TenantSql, instance: string) {
    this.#sql = sql
    this.#instance = instance
  }

  async saveHead({ version, schema, masks, translations }: Omit<VersionDocuments, 'committedAt'>): Promise<void> {
    const sql = this.#sql
    await sql`
      insert into datamodel_version as d (instance_id, version, based_on, schema, masks, translations)
      values (${this.#instance}, ${version}, ${version - 1}, ${sql.json(schema as never)}::jsonb, ${sql.json(masks as never)}::jsonb, ${sql.json(translations)}::jsonb)
      on conflict (instance_id, version) do update
        set schema = excluded.schema, masks = excluded.masks, translations = excluded.translations, revision = d.revision + 1
        where d.committed_at is null`
  }

  async commitHead(version: number): Promise<Date> {
    const [row] = await this.#sql<{ at: Date }[]>`
      update datamodel_version set committed_at = now()
      where instance_id = ${this.#instance} and version = ${version} and committed_at is null returning committed_at as at`
    return row?.at ?? fail('ServerGeneric', { msg: `version ${version} is committed already` })
  }

  async recordEvents(...[events, actor]: Parameters<DatamodelTransaction['recordEvents']>): Promise<void> {
    await insertEvents(this.#sql, this.#instance, events, actor)
  }

  async countRecords(tableIds: readonly number[]): Promise<ReadonlyMap<number, RecordCount>> {
    const rows = await this.#sql<{ id: number; objects: number; deleted: number }[]>`
      select table_id as id, count(*) filter (where deleted_at is null)::float8 as objects, count(deleted_at)::float8 as deleted
      from record where instance_id = ${this.#instance} and table_id = any(${[...tableIds]}::int[]) group by table_id order by table_id`
    return new Map(rows.map(({ id, ...count }) => [id, count]))
  }

  async holdsValues(tableId: number, path: readonly string[]): Promise<boolean> {
    // Nested tables are arrays; in lax mode the path looks into each of their rows by itself.
    const jsonPath = `lax $${path.map((key) => `."${key}"`).join('')}`
    const [row] = await this.#sql<{ found: boolean }[]>`
      select exists (select 1 from record where instance_id = ${this.#instance} and table_id = ${tableId} and jsonb_path_exists(content, ${jsonPath}::jsonpath)) as found`
    return row?.found ?? false
  }

  async records(tableId: number, after: number, limit: number): Promise<readonly RecordContent[]> {
    // The sum keeps the planner to the primary key; without statistics it would read and sort all records for every page.
    const rows = await this.#sql<RecordContent[]>`
      select system_id::float8 as "systemId", parent_id::float8 as "parentId", content from record
      where instance_id = ${this.#instance} and table_id + 0 = ${tableId} and deleted_at is null and system_id > ${after} order by system_id limit ${limit}`
    return rows
  }

  async addUniqueRows(rows: Parameters<DatamodelTransaction['addUniqueRows']>[0]): Promise<void> {
    const sql = this.#sql
    await sql`
      insert into record_unique (instance_id, key, value, from_id, row_uuid)
      select ${this.#instance}, r.key, decode(r.digest, 'hex'), r."fromId", r."rowUuid"
      from jsonb_to_recordset(${sql.json(rows as never)}::jsonb) as r(key text, digest text, "fromId" bigint, "rowUuid" uuid)
      order by r."fromId" on conflict do nothing`
  }

  async judgeAnew(tableIds: readonly number[]): Promise<void> {
    const list = await lockUnjudged(this.#sql, this.#instance)
    await keepUnjudged(this.#sql, this.#instance, judgedAnew(list, tableIds, 'all'))
  }

  async forget({ tableIds, columnIds, uniqueKeys }: Parameters<DatamodelTransaction['forget']>[0]): Promise<void> {
    const instance = this.#instance
    if (tableIds.length > 0)
      await this.#sql`delete from objecttype_setting where instance_id = ${instance} and table_id = any(${[...tableIds]}::int[])`
    if (columnIds.length > 0) await this.#sql`delete from record_link where instance_id = ${instance} and column_id = any(${[...columnIds]}::int[])`
    // What a column that is gone has named is seen in old versions alone.
    if (columnIds.length > 0)
      await this.#sql`update file_link set live = false where instance_id = ${instance} and column_id = any(${[...columnIds]}::int[]) and live`
    if (uniqueKeys.length > 0) await this.#sql`delete from record_unique where instance_id = ${instance} and key = any(${[...uniqueKeys]}::text[])`
  }
}
