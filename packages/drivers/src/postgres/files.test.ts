/** Rows, journal lines and objects that come and go: by several at once, and with somebody dying in between. */
import type { FilePlace, KeptBytes } from '@vitrine/domain/files/file'
import type { Effects, NewFile } from '@vitrine/domain/files/file-store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresFiles } from './files.ts'
import { PostgresLocations } from './locations.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const QUIET: Effects = { jobs: [], trail: { events: [], actor: null } }
const LONG_AGO = new Date(0)
const later = () => new Date(Date.now() + 3_600_000)

async function files(): Promise<{ tenant: TenantDatabase; store: PostgresFiles }> {
  const tenant = db.instance()
  await new PostgresLocations(tenant).add(
    {
      id: 1,
      name: 'default',
      kind: 'file',
      prefix: '',
      config: {},
      secrets: null,
      allowPurge: false,
      allowRedirect: false,
      readOnly: false,
      scrubEveryDays: null,
      status: 'connected',
      statusMsg: '',
    },
    () => [],
  )
  return { tenant, store: new PostgresFiles(tenant) }
}

const place = (key: string): FilePlace => ({ locationId: 1, storageKey: key })
const bytes = (key: string): KeptBytes => ({ ...place(key), sizeBytes: 3, sha256: 'abc' })
const file = (id: number, more: Partial<NewFile> = {}): NewFile => ({
  id,
  kind: 'original',
  parentId: null,
  versionName: null,
  reference: null,
  uploadUser: null,
  originalFilepath: `${id}.jpg`,
  extension: 'jpg',
  class: 'image',
  mimeType: null,
  remoteUrl: null,
  leave: false,
  produceVersions: true,
  customProduceConfig: null,
  produceHash: null,
  recipe: null,
  watermark: false,
  priority: 0,
  state: 'processing',
  problem: null,
  hash: `hash ${id}`,
  bytes: null,
  sizeBytes: null,
  technical: {},
  metadata: null,
  ...more,
})
const lines = async (tenant: TenantDatabase): Promise<string[]> =>
  tenant.read(async (sql) =>
    (await sql<{ key: string }[]>`select storage_key as key from file_journal where instance_id = ${tenant.instanceId} order by 1`).map(
      ({ key }) => key,
    ),
  )
const swept = (store: PostgresFiles) => {
  const removed: string[] = []
  const sweep = async (keys: readonly string[]) => {
    removed.push(...keys)
  }
  return { removed, sweep, run: () => store.sweepDue(1, 100, sweep) }
}

describe('a row and its object', () => {
  it('come together: the row takes the journal line away', async () => {
    const { tenant, store } = await files()
    await store.journal([place('a'), place('b')], later())
    const [added] = await store.add(
      [file(1, { bytes: bytes('a'), technical: { width: 5 }, metadata: [{ group: 'g', name: 'n', value: 1, print: '1' }] })],
      QUIET,
    )
    expect(added).toMatchObject({
      id: 1,
      storageKey: 'a',
      locationId: 1,
      sizeBytes: 3,
      sha256: 'abc',
      technical: { width: 5 },
      metadata: [{ group: 'g' }],
    })
    expect(await lines(tenant)).toEqual(['b'])
    expect(await store.find([1])).toEqual([added])
  })

  it('do not come together when the line has been swept: nothing is stored', async () => {
    const { store } = await files()
    await store.journal([place('a')], LONG_AGO)
    const { removed, run } = swept(store)
    await run()
    expect(removed).toEqual(['a'])
    await expect(store.add([file(1, { bytes: bytes('a') })], QUIET)).rejects.toMatchObject({ code: 'FileStoreUnavailable' })
    expect(await store.find([1])).toEqual([])
  })

  it('go in the other order: the row first, and the object by the journal', async () => {
    const { tenant, store } = await files()
    await store.journal([place('a'), place('a-small')], later())
    await store.add(
      [file(1, { bytes: bytes('a') }), file(2, { kind: 'rendition', parentId: 1, versionName: 'small', bytes: bytes('a-small') })],
      QUIET,
    )
    expect((await store.remove([1], QUIET)).toSorted((a, b) => a - b)).toEqual([1, 2])
    expect(await store.find([1, 2])).toEqual([])
    expect(await lines(tenant)).toEqual(['a', 'a-small'])
    const { removed, run } = swept(store)
    expect(await run()).toBe(2)
    expect([removed.toSorted(), await lines(tenant)]).toEqual([['a', 'a-small'], []])
  })

  it('may be replaced: the old object is left to the journal', async () => {
    const { tenant, store } = await files()
    await store.journal([place('a'), place('b')], later())
    await store.add([file(1, { bytes: bytes('a') })], QUIET)
    const [changed] = await store.change([{ id: 1, from: ['processing'], state: 'done', bytes: bytes('b') }], QUIET)
    expect([changed?.storageKey, await lines(tenant)]).toEqual(['b', ['a']])
  })
})

describe('sweeping', () => {
  it('leaves alone what is not due, and what a row names', async () => {
    const { tenant, store } = await files()
    await store.journal([place('a'), place('fresh')], later())
    await store.add([file(1, { bytes: bytes('a') })], QUIET)
    // Nothing of ours leaves a line like this; somebody who has put a backup back may.
    await store.journal([place('a')], LONG_AGO)
    const { removed, run } = swept(store)
    expect(await run()).toBe(1)
    expect([removed, await lines(tenant)]).toEqual([[], ['fresh']])
  })

  it('keeps the line of an object that could not be removed', async () => {
    const { tenant, store } = await files()
    await store.journal([place('a'), place('b')], LONG_AGO)
    await expect(store.sweepDue(1, 100, () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(await lines(tenant)).toEqual(['a', 'b'])
  })

  it('gives each line to one of several who sweep at once', async () => {
    const { store } = await files()
    const keys = Array.from({ length: 50 }, (_, i) => `k${String(i).padStart(2, '0')}`)
    await store.journal(keys.map(place), LONG_AGO)
    const { removed, sweep } = swept(store)
    await Promise.all(Array.from({ length: 5 }, () => store.sweepDue(1, 20, sweep)))
    expect(removed.toSorted()).toEqual(keys)
  })

  it('and storing never both have an object', async () => {
    const { store } = await files()
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`)
    await store.journal(keys.map(place), LONG_AGO)
    const { removed, sweep } = swept(store)
    const adding = keys.map((key, i) =>
      store.add([file(i + 1, { bytes: bytes(key) })], QUIET).then(
        () => key,
        () => undefined,
      ),
    )
    const [added] = await Promise.all([Promise.all(adding), store.sweepDue(1, 20, sweep), store.sweepDue(1, 20, sweep)])
    expect([...added.filter((key) => key !== undefined), ...removed].toSorted()).toEqual(keys.toSorted())
  })

  it('lets whoever still writes say so', async () => {
    const { store } = await files()
    await store.journal([place('a')], LONG_AGO)
    expect(await store.prolong(place('a'), later())).toBe(true)
    const { run } = swept(store)
    expect(await run()).toBe(0)
    await store.forget([place('a')])
    expect(await store.prolong(place('a'), later())).toBe(false)
  })
})

describe('what only one file can have', () => {
  it('is refused to others by name, and nothing of them is stored', async () => {
    const { store } = await files()
    await store.add([file(1, { reference: 'r' }), file(2, { kind: 'manual', parentId: 1, versionName: 'print' })], QUIET)
    await expect(store.add([file(3), file(4, { reference: 'r' })], QUIET)).rejects.toMatchObject({
      code: 'EasDuplicateReference',
      parameters: { reference: 'r' },
    })
    await expect(store.add([file(5, { kind: 'manual', parentId: 1, versionName: 'print' })], QUIET)).rejects.toMatchObject({
      code: 'FileVersionRefused',
    })
    await expect(store.add([file(6, { kind: 'manual', parentId: 99, versionName: 'print' })], QUIET)).rejects.toMatchObject({ code: 'EasNoParentID' })
    await store.add([file(7)], QUIET)
    await expect(store.change([{ id: 7, from: ['processing'], reference: 'r' }], QUIET)).rejects.toMatchObject({ code: 'EasDuplicateReference' })
    expect((await store.find([1, 2, 3, 4, 5, 6, 7])).map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([1, 2, 7])
  })
})

describe('a change', () => {
  it('is made to a file in a state that allows it, once', async () => {
    const { store } = await files()
    await store.add([file(1, { state: 'pending', mimeType: 'a/b' })], QUIET)
    const take = () => store.change([{ id: 1, from: ['pending'], state: 'processing', problem: null }], QUIET)
    const taken = await Promise.all([take(), take(), take()])
    expect(taken.map((changed) => changed.length).toSorted((a, b) => a - b)).toEqual([0, 0, 1])
    expect(await store.find([1])).toMatchObject([{ state: 'processing', mimeType: 'a/b' }])
    expect(await store.change([{ id: 99, from: ['pending'] }], QUIET)).toEqual([])
  })

  it('leaves everything else as it is, also what is set to nothing', async () => {
    const { store } = await files()
    await store.add([file(1, { reference: 'r', technical: { width: 1 }, metadata: [] })], QUIET)
    const [changed] = await store.change([{ id: 1, from: ['processing'], reference: null, technical: { height: 2 } }], QUIET)
    expect(changed).toMatchObject({ reference: null, technical: { height: 2 }, metadata: [], extension: 'jpg' })
  })
})

describe('files of another instance', () => {
  it('are not there', async () => {
    const [ours, theirs] = [await files(), await files()]
    await ours.store.add([file(1, { reference: 'r' })], QUIET)
    expect([await theirs.store.find([1]), await theirs.store.findByReference(['r']), await theirs.store.findByHash(['hash 1'], 9)]).toEqual([
      [],
      [],
      [],
    ])
    expect(await theirs.store.remove([1], QUIET)).toEqual([])
    await theirs.store.add([file(1, { reference: 'r' })], QUIET)
  })
})

describe('files that records name', () => {
  it('are not removed, whichever of a family it is', async () => {
    const { tenant, store } = await files()
    await store.add([file(1), file(2, { kind: 'produced', parentId: 1 }), file(3)], QUIET)
    await tenant.write(async (sql) => {
      await sql`insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, content)
        values (${tenant.instanceId}, 7, 1, 1, gen_random_uuid(), 1, 1, now(), now(), '{}')`
      await sql`insert into file_link (instance_id, from_id, column_id, row_uuid, file_id, live)
        values (${tenant.instanceId}, 7, 5, '00000000-0000-0000-0000-000000000000', 2, false)`
    })
    expect(await store.remove([1, 3], QUIET)).toEqual([3])
    expect((await store.find([1, 2])).length).toBe(2)
    expect(await store.links([2])).toEqual([{ fileId: 2, systemId: 7, columnId: 5, live: false }])
  })
})

describe('files that look alike', () => {
  it('are found by their hash, originals only and not too many of them', async () => {
    const { store } = await files()
    const same = { hash: 'same' }
    await store.add(
      [file(1, same), file(2, same), file(3, same), file(4, { ...same, kind: 'rendition', parentId: 1, versionName: 'x' }), file(5)],
      QUIET,
    )
    expect((await store.findByHash(['same', 'same', 'hash 5'], 2)).map(({ id }) => id)).toEqual([1, 2, 5])
  })
})
