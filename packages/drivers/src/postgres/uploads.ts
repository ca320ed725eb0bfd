/** Resumable uploads of one instance. Whatever a holder does locks the row of the upload first, and is refused when another one holds it. */
import { fail } from '@vitrine/domain/errors'
import type { FilePlace, KeptBytes } from '@vitrine/domain/files/file'
import type { Effects, NewFile } from '@vitrine/domain/files/file-store'
import type { Holding, NewUpload, ResumableUpload, UploadPiece, UploadStore } from '@vitrine/domain/files/upload-store'
import type { AnyJob } from '@vitrine/domain/jobs'
import { addFiles, refusedFiles } from './files-add.ts'
import { claimJournal, writeJournal } from './files-journal.ts'
import { enqueueJobs } from './jobs.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

/** Pieces follow each other without gaps, so the last one tells how far the upload has come. */
const COLUMNS = `u.id, u.user_id::float8 as "userId", u.expires_at as "expiresAt", u.size_bytes::float8 as "sizeBytes", u.metadata,
  u.location_id::float8 as "locationId", u.file_id::float8 as "fileId",
  case when u.file_id is not null then u.size_bytes else coalesce(
    (select p.start_byte + p.size_bytes from file_upload_part p where p.instance_id = u.instance_id and p.upload_id = u.id
     order by p.start_byte desc limit 1), 0) end::float8 as "offsetBytes"`

interface Row extends Omit<ResumableUpload, 'metadata'> {
  readonly metadata: readonly (readonly [string, string | null])[]
}

const uploadOf = (row: Row): ResumableUpload => ({ ...row, metadata: Object.fromEntries(row.metadata) })

export class PostgresUploads implements UploadStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  begin(upload: NewUpload, { holder }: Holding, holdMs: number, jobs: readonly AnyJob[]): Promise<void> {
    const { id, userId, expiresAt, sizeBytes, metadata, locationId } = upload
    return this.#db.write(async (sql) => {
      await sql`
        insert into file_upload (instance_id, id, user_id, expires_at, size_bytes, metadata, location_id, holder, held_until)
        values (${this.#db.instanceId}, ${id}, ${userId}, ${expiresAt}, ${sizeBytes}, ${sql.json(Object.entries(metadata))}, ${locationId}, ${holder},
          now() + ${holdMs}::float8 * interval '1 ms')`
      await enqueueJobs(sql, jobs)
    })
  }

  async find(id: string): Promise<ResumableUpload | null> {
    const [row] = await this.#db.read(
      (sql) => sql<Row[]>`select ${sql.unsafe(COLUMNS)} from file_upload u where u.instance_id = ${this.#db.instanceId} and u.id = ${id}`,
    )
    return row ? uploadOf(row) : null
  }

  async pieces(id: string, fromByte: number, limit: number): Promise<UploadPiece[]> {
    return this.#db.read(async (sql) => [
      ...(await sql<UploadPiece[]>`
        select p.start_byte::float8 as "startByte", p.size_bytes::float8 as "sizeBytes", u.location_id::float8 as "locationId",
          p.storage_key as "storageKey"
        from file_upload_part p join file_upload u on u.instance_id = p.instance_id and u.id = p.upload_id
        where p.instance_id = ${this.#db.instanceId} and p.upload_id = ${id} and p.start_byte >= ${fromByte} order by p.start_byte limit ${limit}`),
    ])
  }

  async hold({ id, holder }: Holding, holdMs: number, { ask }: { readonly ask: boolean }): Promise<'held' | 'busy' | 'gone'> {
    // Whoever has waited for the row judges it as it is then, so only one of several finds it free.
    const [row] = await this.#db.write((sql) => {
      const free = sql`(held_until is null or held_until <= now())`
      return sql<{ held: boolean }[]>`
        update file_upload set
          holder = case when ${free} then ${holder} else holder end,
          held_until = case when ${free} then now() + ${holdMs}::float8 * interval '1 ms' else held_until end,
          hold_wanted = case when ${free} then false else hold_wanted or ${ask} end
        where instance_id = ${this.#db.instanceId} and id = ${id} returning coalesce(holder = ${holder}, false) as held`
    })
    if (!row) return 'gone'
    return row.held ? 'held' : 'busy'
  }

  async prolong({ id, holder }: Holding, holdMs: number): Promise<'held' | 'wanted' | 'lost'> {
    const [row] = await this.#db.write(
      (sql) => sql<{ wanted: boolean }[]>`
        update file_upload set held_until = now() + ${holdMs}::float8 * interval '1 ms'
        where instance_id = ${this.#db.instanceId} and id = ${id} and holder = ${holder} returning hold_wanted as wanted`,
    )
    if (!row) return 'lost'
    return row.wanted ? 'wanted' : 'held'
  }

  async release({ id, holder }: Holding): Promise<void> {
    await this.#db.write(
      (sql) => sql`
        update file_upload set holder = null, held_until = null, hold_wanted = false
        where instance_id = ${this.#db.instanceId} and id = ${id} and holder = ${holder}`,
    )
  }

  declare(holding: Holding, sizeBytes: number): Promise<void> {
    return this.#db.write(async (sql) => {
      const upload = await this.#held(sql, holding)
      if (upload.sizeBytes !== null || sizeBytes < upload.offsetBytes)
        fail('ServerGeneric', { msg: 'the length of the upload cannot be changed to this' })
      await sql`update file_upload set size_bytes = ${sizeBytes} where instance_id = ${this.#db.instanceId} and id = ${holding.id}`
    })
  }

  addPiece(holding: Holding, startByte: number, bytes: KeptBytes, expiresAt: Date, jobs: readonly AnyJob[]): Promise<void> {
    const instance = this.#db.instanceId
    return this.#db.write(async (sql) => {
      const { offsetBytes, fileId } = await this.#held(sql, holding)
      if (startByte !== offsetBytes || fileId !== null) fail('UploadOffsetMismatch', { offset: startByte, expected: offsetBytes })
      await claimJournal(sql, instance, [bytes])
      await sql`
        insert into file_upload_part (instance_id, upload_id, start_byte, size_bytes, storage_key)
        values (${instance}, ${holding.id}, ${startByte}, ${bytes.sizeBytes}, ${bytes.storageKey})`
      await sql`update file_upload set expires_at = ${expiresAt} where instance_id = ${instance} and id = ${holding.id}`
      await enqueueJobs(sql, jobs)
    })
  }

  async finish(holding: Holding, file: NewFile, expiresAt: Date, effects: Effects): Promise<{ fileId: number; places: FilePlace[] }> {
    const instance = this.#db.instanceId
    try {
      return await this.#db.write(async (sql) => {
        const { fileId } = await this.#held(sql, holding)
        if (fileId !== null) return { fileId, places: [] }
        const [added] = await addFiles(sql, instance, [file], effects)
        if (!added) throw new Error('a file that was added is not there')
        const places = await this.#dropPieces(sql, holding.id)
        // From now on the upload lies where its file does: it must not hold up the place where its pieces were.
        await sql`
          update file_upload set file_id = ${added.id}, size_bytes = ${added.sizeBytes}, location_id = ${added.locationId}, expires_at = ${expiresAt}
          where instance_id = ${instance} and id = ${holding.id}`
        return { fileId: added.id, places }
      })
    } catch (error) {
      return refusedFiles(error, [file])
    }
  }

  remove(holding: Holding): Promise<FilePlace[]> {
    return this.#db.write(async (sql) => {
      await this.#held(sql, holding)
      const places = await this.#dropPieces(sql, holding.id)
      await sql`delete from file_upload where instance_id = ${this.#db.instanceId} and id = ${holding.id}`
      return places
    })
  }

  async #held(sql: TenantSql, { id, holder }: Holding): Promise<ResumableUpload> {
    // The row is locked by itself, and looked at afterwards: what is read of its pieces is as new as the lock.
    await sql`select from file_upload where instance_id = ${this.#db.instanceId} and id = ${id} for update`
    const [row] = await sql<(Row & { holder: string | null })[]>`
      select ${sql.unsafe(COLUMNS)}, u.holder from file_upload u where u.instance_id = ${this.#db.instanceId} and u.id = ${id}`
    if (!row) return fail('ResourceNotFound', { resource: 'upload' })
    return row.holder === holder ? uploadOf(row) : fail('UploadBusy', { upload: id })
  }

  async #dropPieces(sql: TenantSql, id: string): Promise<FilePlace[]> {
    const places = await sql<FilePlace[]>`
      delete from file_upload_part p using file_upload u
      where p.instance_id = ${this.#db.instanceId} and p.upload_id = ${id} and u.instance_id = p.instance_id and u.id = p.upload_id
      returning u.location_id::float8 as "locationId", p.storage_key as "storageKey"`
    await writeJournal(sql, this.#db.instanceId, { places, notBefore: new Date() })
    return [...places]
  }
}
