/** Transactions that are run again, as after a deadlock: what has been left behind by the first time does not show. */
import type { RecordWriteStore } from '@vitrine/domain/objects/write-store'
import { RecordSaver } from '@vitrine/domain/objects/save'
import { RequestRefused } from '@vitrine/domain/objects/save-refused'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { NO_WISH, rootCaller } from './records-write.fixture.ts'
import { artwork, instanceIn, link, record, saverPorts, type Instance } from './records-write.harness.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

class Lost extends Error {}
/** Every transaction loses the first time, whatever it came to, and is run again. */
const losingOnce = (store: RecordWriteStore): RecordWriteStore => ({
  taken: (wanted) => store.taken(wanted),
  async transaction(run) {
    const first = store.transaction(async (tx) => {
      await run(tx).catch(() => undefined)
      throw new Lost()
    })
    await expect(first).rejects.toThrow(Lost)
    return store.transaction(run)
  },
})

function saverOf({ tenant }: Instance): RecordSaver {
  const ports = saverPorts(tenant, { renderSaved: () => Promise.resolve('[]'), renderUnsaved: () => Promise.resolve('[]') })
  return new RecordSaver({ ...ports, store: losingOnce(ports.store) })
}
const options = { format: 'short', files: NO_WISH, dryRun: false, skipConstraints: false, skipReverseNested: false } as const

it('a save stores one version', async () => {
  const at = await instanceIn(db)
  const saver = saverOf(at)
  await saver.save('place', [record('place', { name: 'a' })], options, rootCaller())
  await saver.save('place', [record('place', { _id: 1, _version: 2, name: 'b' })], options, rootCaller())
  const versions = await at.tenant.read((sql) => sql`select version from record_version where system_id = 1 order by version`)
  expect(versions.map(({ version }) => version as number)).toEqual([1, 2])
})

it('a dry run names each problem once', async () => {
  const at = await instanceIn(db)
  const request = [1, 2].map((_id) => artwork({ place: link('place', { _id }) }))
  const refused: unknown = await saverOf(at)
    .save('artwork', request, { ...options, dryRun: true }, rootCaller())
    .catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(RequestRefused)
  expect((refused as RequestRefused).problems.map(({ index }) => index)).toEqual([0, 1])
})
