/** The journal of objects that no row names yet, or no row names any more. */
import { fail } from '@vitrine/domain/errors'
import type { FilePlace } from '@vitrine/domain/files/file'
import { sweepJob } from '@vitrine/domain/files/sweep'
import { enqueueJobs } from './jobs.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

const PLACES = 'l bigint, k text'
const placeRows = (places: readonly FilePlace[]) => places.map(({ locationId, storageKey }) => ({ l: locationId, k: storageKey }))

/** With the job that comes back for them. Executed where it is called. */
export async function writeJournal(
  sql: TenantSql,
  instance: string,
  {
    places,
    notBefore,
    reminder = new SweepReminder(),
  }: { readonly places: readonly FilePlace[]; readonly notBefore: Date; readonly reminder?: SweepReminder },
): Promise<void> {
  if (places.length === 0) return
  await sql`
    insert into file_journal (instance_id, location_id, storage_key, not_before)
    select ${instance}, l, k, ${notBefore} from jsonb_to_recordset(${sql.json(placeRows(places))}::jsonb) as r(${sql.unsafe(PLACES)})
    on conflict (instance_id, location_id, storage_key) do update set not_before = excluded.not_before`.execute()
  await reminder.remind(sql, notBefore)
}

/**
 * Adds the job that comes back for lines that are written. Those that are due at once have it added each time; for the others it is
 * enough now and then, because such a job waits for an hour and comes again for as long as there are lines. The time of an upload
 * would be spent on that otherwise.
 */
export class SweepReminder {
  #until = -Infinity

  /** In the transaction of the lines. */
  async remind(sql: TenantSql, notBefore: Date): Promise<void> {
    const now = Date.now()
    const isLater = notBefore.getTime() - now > ENOUGH_MS
    if (isLater && now < this.#until) return
    await enqueueJobs(sql, [sweepJob(notBefore.getTime() - now)])
    if (isLater) this.#until = now + ENOUGH_MS
  }
}
const ENOUGH_MS = 10 * 60 * 1000

/** Takes the lines of objects away that rows name from now on. Whoever has lost one has lost the object. */
export async function claimJournal(sql: TenantSql, instance: string, places: readonly FilePlace[]): Promise<void> {
  if (places.length === 0) return
  const { count } = await sql`
    delete from file_journal j using jsonb_to_recordset(${sql.json(placeRows(places))}::jsonb) as r(${sql.unsafe(PLACES)})
    where j.instance_id = ${instance} and j.location_id = r.l and j.storage_key = r.k`.execute()
  if (count !== places.length)
    fail('FileStoreUnavailable', { location: String(places[0]?.locationId ?? '') }, { note: 'storing took longer than the journal waits' })
}

export async function forgetJournal(sql: TenantSql, instance: string, places: readonly FilePlace[]): Promise<void> {
  if (places.length === 0) return
  await sql`
    delete from file_journal j using jsonb_to_recordset(${sql.json(placeRows(places))}::jsonb) as r(${sql.unsafe(PLACES)})
    where j.instance_id = ${instance} and j.location_id = r.l and j.storage_key = r.k`.execute()
}

export function prolongJournal(db: TenantDatabase, { locationId, storageKey }: FilePlace, notBefore: Date): Promise<boolean> {
  return db.write(
    async (sql) =>
      (
        await sql`update file_journal set not_before = ${notBefore}
          where instance_id = ${db.instanceId} and location_id = ${locationId} and storage_key = ${storageKey}`
      ).count === 1,
  )
}

export async function dueLocations(db: TenantDatabase): Promise<number[]> {
  const rows = await db.read(
    (sql) => sql<{ id: number }[]>`
      select distinct location_id::float8 as id from file_journal where instance_id = ${db.instanceId} and not_before <= now() order by 1`,
  )
  return rows.map(({ id }) => id)
}

export async function nextDue(db: TenantDatabase): Promise<Date | null> {
  const [row] = await db.read(
    (sql) => sql<[{ next: Date | null }]>`select min(not_before) as next from file_journal where instance_id = ${db.instanceId}`,
  )
  return row.next
}

/**
 * The lines stay locked while their objects are removed, so that no row can come to name one meanwhile. Removing twice does no
 * harm, which matters when the transaction is run again.
 */
export function sweepJournal(
  db: TenantDatabase,
  { locationId, limit }: { readonly locationId: number; readonly limit: number },
  remove: (keys: readonly string[]) => Promise<void>,
): Promise<number> {
  const id = db.instanceId
  return db.write(async (sql) => {
    const due = await sql<(FilePlace & { named: boolean })[]>`
      select j.location_id::float8 as "locationId", j.storage_key as "storageKey",
        exists (select from file f where f.instance_id = ${id} and f.location_id = j.location_id and f.storage_key = j.storage_key)
        or exists (select from file_upload_part p join file_upload u on u.instance_id = p.instance_id and u.id = p.upload_id
                   where p.instance_id = ${id} and u.location_id = j.location_id and p.storage_key = j.storage_key) as named
      from file_journal j where j.instance_id = ${id} and j.location_id = ${locationId} and j.not_before <= now()
      order by j.not_before limit ${limit} for update of j skip locked`
    const keys = due.filter(({ named }) => !named).map(({ storageKey }) => storageKey)
    if (keys.length > 0) await remove(keys)
    await forgetJournal(sql, id, due)
    return due.length
  })
}
