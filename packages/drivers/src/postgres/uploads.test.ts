/** Resumable uploads and their pieces: held by one at a time, whatever the others do, and limited in size. */
import { KeepBytes } from '@vitrine/domain/files/keep-bytes'
import { ResumableUploads } from '@vitrine/domain/files/resumable-uploads'
import type { Holding } from '@vitrine/domain/files/upload-store'
import { OpenLocations } from '@vitrine/domain/locations/open-locations'
import type { Caller } from '@vitrine/domain/people/caller'
import { systemClock } from '@vitrine/domain/ports/clock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemoryBlobStore, type MemoryPlace } from '../storage/index.ts'
import { PostgresCounters } from './counters.ts'
import { PostgresFiles } from './files.ts'
import { PostgresJobs } from './jobs.ts'
import { PostgresLocations } from './locations.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'
import { PostgresUploads } from './uploads.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const LONG_MS = 60_000
const later = () => new Date(Date.now() + LONG_MS)
const as = (holder: string): Holding => ({ id: 'u', holder })
const bytes = (key: string, sizeBytes: number) => ({ locationId: 1, storageKey: key, sizeBytes, sha256: 'abc' })

async function instance(): Promise<TenantDatabase> {
  const tenant = db.instance()
  await tenant.write(
    (sql) => sql`
      insert into storage_location (instance_id, id, revision, name, kind, config, status)
      values (${tenant.instanceId}, 1, 1, 'default', 'file', '{"file": {"dir": "."}}', 'connected')`,
  )
  await tenant.write((sql) => sql`insert into storage_default (instance_id, purpose, location_id) values (${tenant.instanceId}, 'originals', 1)`)
  return tenant
}

async function begun(sizeBytes: number | null = 10) {
  const tenant = await instance()
  const store = new PostgresUploads(tenant)
  const files = new PostgresFiles(tenant)
  const upload = { id: 'u', userId: 7, expiresAt: later(), sizeBytes, metadata: { z: 'last', filename: 'a.txt', bare: null }, locationId: 1 }
  await store.begin(upload, as('first'), LONG_MS, [])
  const add = async (holder: string, startByte: number, key: string, size: number) => {
    await files.journal([{ locationId: 1, storageKey: key }], later())
    await store.addPiece(as(holder), startByte, bytes(key, size), later(), [])
  }
  return { tenant, store, files, upload, add }
}

const lines = (tenant: TenantDatabase) =>
  tenant.read(async (sql) =>
    (await sql<{ key: string }[]>`select storage_key as key from file_journal where instance_id = ${tenant.instanceId} order by 1`).map(
      ({ key }) => key,
    ),
  )

describe('an upload', () => {
  it('is as it was begun, its metadata in the order in which it came', async () => {
    const { store, upload } = await begun()
    const found = await store.find('u')
    expect(found).toMatchObject({ ...upload, offsetBytes: 0, fileId: null })
    expect(Object.keys(found?.metadata ?? {})).toEqual(['z', 'filename', 'bare'])
    expect(await store.find('another')).toBeNull()
  })

  it('is held by one until he lets go, or has not been heard of for a while', async () => {
    const { store } = await begun()
    expect(await store.hold(as('second'), LONG_MS, { ask: false })).toBe('busy')
    expect(await store.prolong(as('first'), LONG_MS)).toBe('held')
    expect(await store.hold(as('second'), LONG_MS, { ask: true })).toBe('busy')
    expect(await store.prolong(as('first'), 0)).toBe('wanted')
    expect(await store.hold(as('second'), LONG_MS, { ask: false })).toBe('held')
    expect(await store.prolong(as('first'), LONG_MS)).toBe('lost')
    // Whoever has lost it lets nobody else go.
    await store.release(as('first'))
    expect(await store.prolong(as('second'), LONG_MS)).toBe('held')
    await store.release(as('second'))
    expect(await store.hold(as('third'), LONG_MS, { ask: true })).toBe('held')
    expect(await store.hold({ id: 'none', holder: 'x' }, LONG_MS, { ask: true })).toBe('gone')
  })

  it('is held by only one of many who want it at once', async () => {
    const { store } = await begun()
    await store.release(as('first'))
    const states = await Promise.all(Array.from({ length: 8 }, (_, i) => store.hold(as(`h${i}`), LONG_MS, { ask: false })))
    expect(states.filter((state) => state === 'held')).toHaveLength(1)
  })

  it('takes pieces that follow each other, and their journal lines away', async () => {
    const { tenant, store, add } = await begun()
    await add('first', 0, 'a', 4)
    await add('first', 4, 'b', 3)
    expect(await lines(tenant)).toEqual([])
    expect((await store.find('u'))?.offsetBytes).toBe(7)
    expect(await store.pieces('u', 4, 10)).toEqual([{ startByte: 4, sizeBytes: 3, locationId: 1, storageKey: 'b' }])
    await expect(add('first', 4, 'c', 3)).rejects.toMatchObject({ code: 'UploadOffsetMismatch', parameters: { offset: 4, expected: 7 } })
    await expect(add('first', 8, 'd', 1)).rejects.toMatchObject({ code: 'UploadOffsetMismatch' })
    expect(await lines(tenant)).toEqual(['c', 'd'])
  })

  it('takes nothing from those who do not hold it', async () => {
    const { tenant, store, add } = await begun()
    await expect(add('second', 0, 'a', 4)).rejects.toMatchObject({ code: 'UploadBusy' })
    await expect(store.declare(as('second'), 4)).rejects.toMatchObject({ code: 'UploadBusy' })
    await expect(store.remove(as('second'))).rejects.toMatchObject({ code: 'UploadBusy' })
    await expect(store.remove({ id: 'none', holder: 'first' })).rejects.toMatchObject({ code: 'ResourceNotFound' })
    expect(await lines(tenant)).toEqual(['a'])
  })

  it('takes one of two pieces that come at once', async () => {
    const { store, add } = await begun()
    const results = await Promise.allSettled([add('first', 0, 'a', 4), add('first', 0, 'b', 4)])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect((await store.find('u'))?.offsetBytes).toBe(4)
  })

  it('says once how long it is, and not less than what there is', async () => {
    const { store, add } = await begun(null)
    await add('first', 0, 'a', 4)
    await expect(store.declare(as('first'), 3)).rejects.toMatchObject({ code: 'ServerGeneric' })
    await store.declare(as('first'), 4)
    await expect(store.declare(as('first'), 5)).rejects.toMatchObject({ code: 'ServerGeneric' })
    expect((await store.find('u'))?.sizeBytes).toBe(4)
  })

  it('leaves its pieces to the journal when it goes, due at once', async () => {
    const { tenant, store, files, add } = await begun()
    await add('first', 0, 'a', 4)
    await add('first', 4, 'b', 4)
    expect((await store.remove(as('first'))).map(({ storageKey }) => storageKey).toSorted()).toEqual(['a', 'b'])
    expect(await lines(tenant)).toEqual(['a', 'b'])
    const removed: string[] = []
    await files.sweepDue(1, 10, async (keys) => void removed.push(...keys))
    expect(removed.toSorted()).toEqual(['a', 'b'])
  })
})

describe('a limit on files', () => {
  const LIMIT = 10
  const caller = { userId: 7, displayname: 'Someone', root: false } as Caller
  async function uploads() {
    const tenant = await instance()
    const place: MemoryPlace = new Map()
    const stores = { open: () => new MemoryBlobStore({ place }) }
    const secretBox = { seal: (text: string) => text, open: (text: string) => text }
    const files = new PostgresFiles(tenant)
    const locations = new OpenLocations({
      locations: new PostgresLocations(tenant),
      stores,
      secretBox,
      clock: systemClock,
      instanceId: tenant.instanceId,
    })
    const work = new ResumableUploads({
      store: new PostgresUploads(tenant),
      files,
      bytes: new KeepBytes({ store: files, locations, clock: systemClock }),
      locations,
      counters: new PostgresCounters(tenant),
      access: { of: () => Promise.reject(new Error('the right is asked for elsewhere')) },
      classes: async () => ({ classes: [], allowUnknown: true, maxBytes: LIMIT }),
      users: { short: async () => new Map() },
      jobs: new PostgresJobs(tenant),
      clock: systemClock,
      pieceBytes: 4,
    })
    const begin = (sizeBytes: number | null) => work.begin('u', { metadata: { filename: 'a.bin' }, sizeBytes }, caller, () => undefined)
    return { work, place, begin }
  }
  async function* chunks(...sizes: number[]) {
    for (const size of sizes) yield new Uint8Array(size)
  }
  const exceeded = { code: 'FileLimitExceeded', parameters: { limit: LIMIT } }

  it('refuses an upload that says that it is longer', async () => {
    const { begin } = await uploads()
    await expect(begin(LIMIT + 1)).rejects.toMatchObject(exceeded)
    await (await begin(LIMIT)).release()
  })

  it('ends an upload of unknown length with the first byte beyond it, and nothing stays', async () => {
    const { work, place, begin } = await uploads()
    const hold = await begin(null)
    expect(await work.write(hold, await work.find('u', caller), chunks(6), { finishLater: true })).toBe(6)
    expect(place.size).toBe(2)
    await expect(work.write(hold, await work.find('u', caller), chunks(4, 1), { finishLater: true })).rejects.toMatchObject(exceeded)
    await hold.release()
    expect(place.size).toBe(0)
    await expect(work.find('u', caller)).rejects.toMatchObject({ code: 'ResourceNotFound' })
  })

  it('ends an upload that says at last that it is longer', async () => {
    const { work, place, begin } = await uploads()
    const hold = await begin(null)
    await work.write(hold, await work.find('u', caller), chunks(6), { finishLater: true })
    await expect(work.declare(hold, await work.find('u', caller), LIMIT + 1)).rejects.toMatchObject(exceeded)
    await hold.release()
    expect(place.size).toBe(0)
  })
})
