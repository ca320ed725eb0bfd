/** Files that records have: found, held while a save goes on, and remembered for as long as any version names them. */
import type { NewFile } from '@vitrine/domain/files/file-store'
import type { FileLinkRow } from '@vitrine/domain/objects/write-store'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresFiles } from './files.ts'
import { artwork, instanceIn } from './records-write.harness.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const QUIET = { jobs: [], trail: { events: [], actor: null } }
const ROW = '00000000-0000-4000-8000-000000000001'
const NO_ROW = '00000000-0000-0000-0000-000000000000'

const file = (id: number, more: Partial<NewFile> = {}): NewFile => ({
  ...{ id, kind: 'original', parentId: null, versionName: null, reference: null, uploadUser: null, originalFilepath: `${id}.txt` },
  ...{ extension: 'txt', class: 'office', mimeType: null, remoteUrl: null, leave: false, produceVersions: true, customProduceConfig: null },
  ...{ produceHash: null, recipe: null, watermark: false, priority: 0, state: 'done', problem: null, hash: `hash ${id}`, bytes: null },
  ...{ sizeBytes: 3, technical: {}, metadata: null, ...more },
})

/** Two artworks, with the system ids 1 and 2, and three files. */
async function withFiles() {
  const at = await instanceIn(db)
  const files = new PostgresFiles(at.tenant)
  await files.add([file(1), file(2, { reference: 'second' }), file(3)], QUIET)
  await at.save('artwork', [artwork({ year: 1 }), artwork({ year: 2 })])
  const replace = (changed: number[], rows: FileLinkRow[]) => at.store.transaction((tx) => tx.replaceFiles(changed, rows))
  const links = async () =>
    (
      await at.tenant.read(
        (sql) => sql<{ text: string }[]>`
          select format('%s:%s:%s:%s', from_id, file_id, row_uuid = ${ROW}, live) as text from file_link where instance_id = ${at.id} order by 1`,
      )
    ).map(({ text }) => text)
  return { ...at, files, replace, links }
}

const link = (fromId: number, fileId: number, rowUuid = NO_ROW): FileLinkRow => ({ fromId, columnId: 9, rowUuid, fileId })

/** Until somebody waits for a lock. */
async function waiting(): Promise<void> {
  const count = async () =>
    (await db.database.control`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).count
  while ((await count()) < 1) await pause(10)
}

describe('files that are looked for', () => {
  it('are found by id and by reference, once each, in the order of their ids', async () => {
    const { store } = await withFiles()
    const found = await store.transaction((tx) => tx.files({ ids: [3, 2, 77], references: ['second', 'third'] }))
    expect(found).toMatchObject([
      { id: 2, reference: 'second', kind: 'original', class: 'office', extension: 'txt', sizeBytes: 3 },
      { id: 3, reference: null },
    ])
  })

  it('are those of the same instance', async () => {
    await withFiles()
    const other = await instanceIn(db)
    expect(await other.store.transaction((tx) => tx.files({ ids: [1], references: ['second'] }))).toEqual([])
    expect(await other.store.transaction((tx) => tx.fileLinks([1]))).toEqual([])
  })

  it('do not go before the save that found them has ended', async () => {
    const { store, files, links } = await withFiles()
    const isFound = Promise.withResolvers<void>()
    const save = store.transaction(async (tx) => {
      await tx.files({ ids: [1], references: [] })
      isFound.resolve()
      await waiting()
      await tx.replaceFiles([], [link(1, 1)])
    })
    await isFound.promise
    const removal = files.remove([1, 3], QUIET)
    await save
    expect(await removal).toEqual([3])
    expect(await links()).toEqual(['1:1:f:t'])
  })
})

describe('files that records have', () => {
  it('are live in the newest version, and known for older ones', async () => {
    const { store, replace, links } = await withFiles()
    await replace([], [link(1, 1), link(1, 1, ROW), link(1, 2), link(2, 1)])
    expect(await links()).toEqual(['1:1:f:t', '1:1:t:t', '1:2:f:t', '2:1:f:t'])
    await replace([1], [link(1, 1, ROW), link(1, 3)])
    expect(await links()).toEqual(['1:1:f:f', '1:1:t:t', '1:2:f:f', '1:3:f:t', '2:1:f:t'])
    await replace([1], [link(1, 2)])
    expect(await links()).toEqual(['1:1:f:f', '1:1:t:f', '1:2:f:t', '1:3:f:f', '2:1:f:t'])
    const live = await store.transaction((tx) => tx.fileLinks([1, 2, 3]))
    expect(live.toSorted((a, b) => a.systemId - b.systemId)).toEqual([
      { fileId: 2, systemId: 1, columnId: 9 },
      { fileId: 1, systemId: 2, columnId: 9 },
    ])
  })

  it('stay for as long as the record does, in the trash as well', async () => {
    const { replace, links, files, remove, store } = await withFiles()
    await replace([], [link(1, 1), link(1, 2)])
    await replace([1], [link(1, 1)])
    await remove('artwork', [[1, 1, null]])
    expect(await files.remove([1, 2], QUIET)).toEqual([])
    await store.transaction((tx) => tx.purge([1]))
    expect(await links()).toEqual([])
    expect(await files.remove([1, 2], QUIET)).toEqual([1, 2])
  })
})
