import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PATH, shelvesOn, watchedStores, type Brought, type Shelves } from '../../routes/locations/locations.fixture.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

const stores = watchedStores()
let server: TestServer
beforeAll(async () => {
  server = await testServer({ stores })
})
afterAll(() => server.close())
beforeEach(() => {
  stores.memory.trouble = () => undefined
})

const shelves = async () => shelvesOn(server, stores, await server.instance())
const key = (n: number) => `originals/00/00/00000000-0000-7000-8000-00000000000${n}`
const waiting = ({ id }: Shelves) => server.database.control<{ key: string; seconds: number }[]>`
  select split_part(singleton_key, ':', 2) as key, extract(epoch from start_after - now())::float8 as seconds
  from vitrine_jobs.job where name = 'file-sweep' and data->>'instance' = ${id} and state = 'created' order by start_after`
const forgetJobs = ({ id }: Shelves) => server.database.control`delete from vitrine_jobs.job where data->>'instance' = ${id}`
/** As a server leaves it that dies while it stores something. */
async function halfStored(at: Shelves, location: number, folder: string, n: number, due: string): Promise<void> {
  at.tamper(folder, `vitrine-${at.id}/${key(n)}`, 'half')
  await at.db.write(
    (sql) => sql`
    insert into file_journal (instance_id, location_id, storage_key, not_before) values (${at.id}, ${location}, ${key(n)}, now() + ${due}::interval)`,
  )
}

describe('sweeping', () => {
  it('removes what was not finished when its time has come, and never what a file names', async () => {
    const at = await shelves()
    const id = await at.first()
    const [file] = (await at.bring('kept')) as [Brought]
    await halfStored(at, id, '.', 1, '-1 s')
    await halfStored(at, id, '.', 2, '1 h')
    const { key: named } = await at.rowOf(file.id)
    await at.db.write(
      (sql) => sql`
      insert into file_journal (instance_id, location_id, storage_key, not_before) values (${at.id}, ${id}, ${named}, now() - interval '1s')`,
    )
    await at.run('file-sweep')
    expect([...at.objectsIn('.').keys()].toSorted()).toEqual([await at.objectOf(file.id), `vitrine-${at.id}/${key(2)}`].toSorted())
    expect(await at.journal()).toMatchObject([{ key: key(2), due: false }])
    expect((await at.read(file)).text).toBe('kept')
  })

  it('comes again when the next line is due, and not when there is none', async () => {
    const at = await shelves()
    const id = await at.first()
    await halfStored(at, id, '.', 1, '30 min')
    await forgetJobs(at)
    await at.run('file-sweep')
    expect(await waiting(at)).toEqual([{ key: 'later', seconds: expect.closeTo(1800, -2) }])
    await at.passGrace()
    await forgetJobs(at)
    await at.run('file-sweep')
    expect(await waiting(at)).toEqual([])
    expect(at.objectsIn('.').size).toBe(0)
  })

  it('of one location is not held up by another that is down, or that is not written to', async () => {
    const at = await shelves()
    const [first, down] = [await at.first(), await at.shelf('down')]
    const frozen = await at.shelf('frozen', { read_only: true })
    await halfStored(at, down, 'down', 1, '-1 s')
    await halfStored(at, frozen, 'frozen', 2, '-1 s')
    await halfStored(at, first, '.', 3, '-1 s')
    stores.memory.trouble = (settings) => {
      if (settings.includes('"down"')) throw new BlobFailure('unavailable', 'the disk is gone')
    }
    await forgetJobs(at)
    await at.run('file-sweep')
    expect(await at.journal()).toMatchObject([{ key: key(1) }, { key: key(2) }])
    expect(at.objectsIn('.').size).toBe(0)
    expect(at.objectsIn('frozen').size).toBe(1)
    expect(await waiting(at)).toEqual([{ key: 'later', seconds: expect.closeTo(600, -2) }])
    stores.memory.trouble = () => undefined
    await at.run('file-sweep')
    expect(await at.journal()).toMatchObject([{ key: key(2) }])
  })

  it('clears a location before it is forgotten', async () => {
    const at = await shelves()
    const id = await at.shelf('old')
    await halfStored(at, id, 'old', 1, '-1 s')
    expect((await at.api('DELETE', `${PATH}/${id}`)).status).toBe(200)
    expect(at.objectsIn('old').size).toBe(0)
    const busy = await at.shelf('busy')
    await halfStored(at, busy, 'busy', 2, '1 h')
    expect(await at.api('DELETE', `${PATH}/${busy}`)).toMatchObject({ status: 400, body: { code: 'LocationInUse', parameters: { files: 0 } } })
  })
})

describe('whoever writes to the journal', () => {
  it('sees to it that somebody comes back, soon for files that are gone and once for all others', async () => {
    const at = await shelves()
    await at.bring('a', 'b')
    await at.bring('c')
    expect(await waiting(at)).toEqual([{ key: 'later', seconds: expect.closeTo(3600, -2) }])
  })
})

describe('a server that starts', () => {
  it('comes back for what others have left, in every instance that has something', async () => {
    const [one, other] = [await shelves(), await shelves()]
    await halfStored(one, await one.first(), '.', 1, '-1 s')
    for (const at of [one, other]) await forgetJobs(at)
    await server.resumeSweeps(new AbortController().signal)
    expect(await waiting(one)).toMatchObject([{ key: 'soon' }])
    expect(await waiting(other)).toEqual([])
  })
})
