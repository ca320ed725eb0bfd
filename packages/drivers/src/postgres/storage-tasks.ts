/** Work on storage locations, how far it has come and what it has found. */
import { fail } from '@vitrine/domain/errors'
import type { AnyJob } from '@vitrine/domain/jobs'
import { FIRST_STEP, type Finding, type NewTask, type StorageTask, type TaskEnd, type TaskKind } from '@vitrine/domain/locations/storage-task'
import type { Advance, FindingCounts, FindingPage, SettledFinding, TaskStore } from '@vitrine/domain/locations/task-store'
import { insertTrail } from './events-insert.ts'
import { enqueueJobs } from './jobs.ts'
import { lockLocations } from './locations.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

const COLUMNS = `id::float8 as id, kind, location_id::float8 as "locationId", target_id::float8 as "targetId", repair, remove_source as "removeSource",
  started_by::float8 as "startedBy", state, step, cursor, files_total::float8 as "filesTotal", bytes_total::float8 as "bytesTotal",
  files_done::float8 as "filesDone", bytes_done::float8 as "bytesDone", problem, created_at as "createdAt", updated_at as "updatedAt",
  ended_at as "endedAt"`
const FINDING = 'storage_key as "storageKey", kind, file_id::float8 as "fileId", state, message'
/** Of each kind and location; older ones tell nothing any more. */
const KEPT = 20

export class PostgresStorageTasks implements TaskStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  start(task: NewTask): Promise<StorageTask> {
    const instance = this.#db.instanceId
    return this.#db.write(async (sql) => {
      await lockLocations(sql, instance)
      await this.#demandLocations(sql, task)
      const same = await this.#demandFree(sql, task)
      if (same) return same
      await sql`
        delete from storage_task t where t.instance_id = ${instance} and t.ended_at is not null and t.id in (
          select id from storage_task where instance_id = ${instance} and location_id = ${task.locationId} and kind = ${task.kind}
          order by created_at desc offset ${KEPT - 1})`
      const [added] = await sql<StorageTask[]>`
        insert into storage_task (instance_id, id, kind, location_id, target_id, repair, remove_source, started_by, state, step, files_total, bytes_total)
        select ${instance}, ${task.id}, ${task.kind}, ${task.locationId}, ${task.targetId}, ${task.repair}, ${task.removeSource}, ${task.startedBy},
          'waiting', ${FIRST_STEP[task.kind]}, count(*), coalesce(sum(size_bytes), 0)
        from file where instance_id = ${instance} and location_id = ${task.locationId}
        returning ${sql.unsafe(COLUMNS)}`
      if (!added) throw new Error('work that was stored is not there')
      await enqueueJobs(sql, [jobOf(added)])
      return added
    })
  }

  async find(id: number): Promise<StorageTask | undefined> {
    const rows = await this.#db.read(
      (sql) => sql<StorageTask[]>`select ${sql.unsafe(COLUMNS)} from storage_task where instance_id = ${this.#db.instanceId} and id = ${id}`,
    )
    return rows[0]
  }

  async newest(kind: TaskKind, locationId: number): Promise<StorageTask | undefined> {
    const rows = await this.#db.read(
      (sql) => sql<StorageTask[]>`
        select ${sql.unsafe(COLUMNS)} from storage_task
        where instance_id = ${this.#db.instanceId} and location_id = ${locationId} and kind = ${kind} order by created_at desc, id desc limit 1`,
    )
    return rows[0]
  }

  async begin(id: number): Promise<StorageTask | undefined> {
    const [task] = await this.#db.write(
      (sql) => sql<StorageTask[]>`
        update storage_task set state = case when state = 'stopping' then 'stopped' else 'running' end,
          ended_at = case when state = 'stopping' then now() end, updated_at = now()
        where instance_id = ${this.#db.instanceId} and id = ${id} and ended_at is null returning ${sql.unsafe(COLUMNS)}`,
    )
    return task?.state === 'running' ? task : undefined
  }

  advance(id: number, { step, cursor, files, bytes, findings, trail }: Advance): Promise<StorageTask | undefined> {
    const instance = this.#db.instanceId
    return this.#db.write(async (sql) => {
      const [task] = await sql<StorageTask[]>`
        update storage_task set step = ${step}, cursor = ${cursor}, files_done = files_done + ${files}, bytes_done = bytes_done + ${bytes},
          problem = null, updated_at = now()
        where instance_id = ${instance} and id = ${id} returning ${sql.unsafe(COLUMNS)}`
      // One that is gone with its location takes no findings.
      if (!task) return undefined
      await this.#keep(sql, id, findings)
      await insertTrail(sql, instance, trail)
      return task
    })
  }

  async setTotals(id: number, { files, bytes }: { readonly files: number; readonly bytes: number }): Promise<void> {
    await this.#db.write(
      (sql) => sql`
        update storage_task t set bytes_total = t.bytes_done + ${bytes}, files_total = t.files_done + ${files} + (
          select count(*) from storage_finding f where f.instance_id = t.instance_id and f.task_id = t.id and f.kind = 'unmoved')
        where t.instance_id = ${this.#db.instanceId} and t.id = ${id}`,
    )
  }

  async rest(id: number): Promise<void> {
    await this.#db.write(async (sql) => {
      const [task] = await sql<StorageTask[]>`
        update storage_task set state = case when state = 'stopping' then 'stopped' else 'waiting' end,
          ended_at = case when state = 'stopping' then now() end, updated_at = now()
        where instance_id = ${this.#db.instanceId} and id = ${id} and ended_at is null returning ${sql.unsafe(COLUMNS)}`
      if (task?.state === 'waiting') await enqueueJobs(sql, [jobOf(task)])
    })
  }

  async setProblem(id: number, problem: string): Promise<void> {
    await this.#db.write(
      (sql) => sql`
        update storage_task set state = case when state = 'stopping' then 'stopped' else 'waiting' end,
          ended_at = case when state = 'stopping' then now() end, problem = ${problem}, updated_at = now()
        where instance_id = ${this.#db.instanceId} and id = ${id} and ended_at is null`,
    )
  }

  async askToStop(id: number): Promise<void> {
    await this.#db.write(
      (sql) => sql`
        update storage_task set state = case when state = 'waiting' then 'stopped' else 'stopping' end,
          ended_at = case when state = 'waiting' then now() end, updated_at = now()
        where instance_id = ${this.#db.instanceId} and id = ${id} and ended_at is null`,
    )
  }

  async end(id: number, state: TaskEnd, problem: string | null): Promise<void> {
    await this.#db.write(
      (sql) => sql`
        update storage_task set state = ${state}, problem = ${problem}, ended_at = now(), updated_at = now()
        where instance_id = ${this.#db.instanceId} and id = ${id} and ended_at is null`,
    )
  }

  async findings(id: number, { kind, limit, offset }: FindingPage): Promise<readonly Finding[]> {
    return this.#db.read(
      (sql) => sql<Finding[]>`
        select ${sql.unsafe(FINDING)} from storage_finding
        where instance_id = ${this.#db.instanceId} and task_id = ${id} and (${kind}::text is null or kind = ${kind})
        order by storage_key limit ${limit} offset ${offset}`,
    )
  }

  async openFindings(id: number, after: string, limit: number): Promise<readonly Finding[]> {
    return this.#db.read(
      (sql) => sql<Finding[]>`
        select ${sql.unsafe(FINDING)} from storage_finding
        where instance_id = ${this.#db.instanceId} and task_id = ${id} and state = 'open' and storage_key > ${after} order by storage_key limit ${limit}`,
    )
  }

  async counts(id: number): Promise<FindingCounts> {
    const rows = await this.#db.read(
      (sql) => sql<{ kind: Finding['kind']; count: number; settled: number }[]>`
        select kind, count(*)::float8 as count, count(*) filter (where state = 'settled')::float8 as settled
        from storage_finding where instance_id = ${this.#db.instanceId} and task_id = ${id} group by kind`,
    )
    const none = { unmoved: 0, missing: 0, changed: 0, unreadable: 0, extra: 0 }
    return {
      byKind: { ...none, ...Object.fromEntries(rows.map(({ kind, count }) => [kind, count])) },
      settled: rows.reduce((sum, { settled }) => sum + settled, 0),
    }
  }

  async settle(id: number, findings: readonly SettledFinding[]): Promise<void> {
    if (findings.length === 0) return
    await this.#db.write(
      (sql) => sql`
        update storage_finding f set state = r.s, message = r.m
        from jsonb_to_recordset(${sql.json(findings.map(({ storageKey: k, state: s, message: m }) => ({ k, s, m })))}::jsonb) as r(k text, s text, m text)
        where f.instance_id = ${this.#db.instanceId} and f.task_id = ${id} and f.storage_key = r.k`,
    )
  }

  async #keep(sql: TenantSql, id: number, findings: readonly Finding[]): Promise<void> {
    if (findings.length === 0) return
    await sql`
      insert into storage_finding (instance_id, task_id, storage_key, kind, file_id, state, message)
      select ${this.#db.instanceId}, ${id}, k, n, f, s, m
      from jsonb_to_recordset(${sql.json(findings.map(({ storageKey: k, kind: n, fileId: f, state: s, message: m }) => ({ k, n, f, s, m })))}::jsonb)
        as r(k text, n text, f bigint, s text, m text)
      on conflict do nothing`
  }

  async #demandLocations(sql: TenantSql, { kind, locationId, targetId, removeSource }: NewTask): Promise<void> {
    const ids = [locationId, targetId ?? locationId]
    const rows = await sql<{ id: number; readOnly: boolean }[]>`
      select id::float8 as id, read_only as "readOnly" from storage_location where instance_id = ${this.#db.instanceId} and id = any(${ids}::bigint[])`
    const source = rows.find(({ id }) => id === locationId) ?? fail('ResourceNotFound', { resource: `location ${locationId}` })
    if (kind !== 'move') return
    const refused = (msg: string) => fail('LocationMoveRefused', { target: targetId ?? 0, msg })
    const target = rows.find(({ id }) => id === targetId) ?? refused('there is no such location')
    if (target.id === source.id) refused('the files lie there already')
    if (target.readOnly) refused('it is read only')
    if (source.readOnly && removeSource) refused('the files are in a location that is read only, and cannot be removed there')
  }

  /** Answers the one that does the same. Moves must not go round in a circle, or files would never come to rest. */
  async #demandFree(sql: TenantSql, { kind, locationId, targetId, repair }: NewTask): Promise<StorageTask | undefined> {
    const open = await sql<StorageTask[]>`
      select ${sql.unsafe(COLUMNS)} from storage_task where instance_id = ${this.#db.instanceId} and ended_at is null`
    const here = open.find((task) => task.locationId === locationId)
    if (here?.kind === kind && here.targetId === targetId && here.repair === repair && here.state !== 'stopping') return here
    if (here) fail('LocationBusy', { location: locationId, work: here.kind })
    if (kind !== 'move') return undefined
    const away = open.find((task) => task.locationId === targetId)
    if (away) fail('LocationBusy', { location: away.locationId, work: away.kind })
    const arriving = open.find((task) => task.targetId === locationId)
    if (arriving) fail('LocationBusy', { location: locationId, work: arriving.kind })
    return undefined
  }
}

const jobOf = ({ id, kind }: StorageTask): AnyJob => ({ name: `location-${kind}`, payload: { task: id }, key: String(id) })
