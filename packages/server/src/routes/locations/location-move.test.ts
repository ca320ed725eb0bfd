import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { PATH, shelvesOn, watchedStores, type Brought, type Shelves } from './locations.fixture.ts'

const stores = watchedStores()
/** How far the clock of the server is ahead. */
let aheadMs = 0
let server: TestServer
beforeAll(async () => {
  server = await testServer({ stores, clock: () => new Date(Date.now() + aheadMs) })
})
afterAll(() => server.close())
beforeEach(() => {
  stores.afterPut = () => Promise.resolve()
  stores.memory.trouble = () => undefined
})

const shelves = async () => shelvesOn(server, stores, await server.instance())
const move = ({ api }: Shelves, from: number, target: number, more: object = {}) => api('POST', `${PATH}/${from}/move`, { target, ...more })
const moved = async ({ api }: Shelves, from: number) => (await api('GET', `${PATH}/${from}/move`)).body
const waiting = ({ id }: Shelves) => server.database.control<{ payload: object }[]>`
  select data->'payload' as payload from vitrine_jobs.job where name = 'location-move' and data->>'instance' = ${id} and state = 'created'`
const texts = (count: number) => Array.from({ length: count }, (_, n) => `content ${n}`)

async function expectAllIn(at: Shelves, files: readonly Brought[], location: number): Promise<void> {
  for (const file of files) {
    expect(await at.rowOf(file.id)).toMatchObject({ location })
    const { status, text, headers } = await at.read(file)
    expect([status, text]).toEqual([200, file.content])
    expect(headers.get('x-fylr-storage-location')).toBe(String(location))
  }
}

describe('moving the files of a location', () => {
  it('leaves every file readable at its new place, tells of each, and removes the old objects after a while', async () => {
    const at = await shelves()
    const [from, to] = [await at.first(), await at.shelf('a')]
    expect(await moved(at, from)).toMatchObject({ state: 'idle', target: null, total_files: 0 })
    const files = await at.bring(...texts(70))
    expect(await move(at, from, to)).toMatchObject({
      status: 200,
      body: {
        state: 'running',
        target: to,
        remove_source_copies: true,
        total_files: 70,
        done_files: 0,
        total_bytes: files.map(({ content }) => content).join('').length,
      },
    })
    await at.work('location-move')
    expect(await moved(at, from)).toMatchObject({
      state: 'done',
      total_files: 70,
      done_files: 70,
      failed_files: 0,
      failed: [],
      finished_at: expect.any(String),
    })
    await expectAllIn(at, files, to)
    expect(at.objectsIn('.').size).toBe(70)
    expect((await at.journal()).map(({ location, due }) => ({ location, due }))).toEqual(
      Array.from({ length: 70 }, () => ({ location: from, due: false })),
    )
    expect((await at.events('FILE_MOVE')).map(({ file }) => file).toSorted((a, b) => a - b)).toEqual(files.map(({ id }) => id))
    await at.passGrace()
    await at.run('file-sweep')
    expect(at.objectsIn('.').size).toBe(0)
    expect(await at.journal()).toEqual([])
    await expectAllIn(at, files, to)
  })

  it('leaves the old objects where they are, if that is wanted', async () => {
    const at = await shelves()
    const [from, to] = [await at.first(), await at.shelf('a')]
    const files = await at.bring('x', 'y')
    await move(at, from, to, { remove_source_copies: false })
    await at.work('location-move')
    expect(await at.journal()).toEqual([])
    expect(at.objectsIn('.').size).toBe(2)
    await expectAllIn(at, files, to)
  })

  it('takes files along that come while it works', async () => {
    const at = await shelves()
    const [from, to] = [await at.first(), await at.shelf('a')]
    const files = await at.bring(...texts(5))
    let late = 3
    stores.afterPut = async (folder) => {
      if (folder === 'a' && late-- > 0) files.push(...(await at.bring(`late ${late}`)))
    }
    await move(at, from, to)
    await at.work('location-move')
    expect(await moved(at, from)).toMatchObject({ state: 'done', done_files: 8, total_files: 8 })
    await expectAllIn(at, files, to)
  })

  it('can be stopped, and goes on with the rest when it is started again', async () => {
    const at = await shelves()
    const [from, to] = [await at.first(), await at.shelf('a')]
    expect((await at.api('DELETE', `${PATH}/${from}/move`)).body).toMatchObject({ state: 'idle' })
    const files = await at.bring(...texts(40))
    await move(at, from, to)
    let copies = 0
    stores.afterPut = async (folder) => {
      if (folder === 'a' && ++copies === 10) expect((await at.api('DELETE', `${PATH}/${from}/move`)).body).toMatchObject({ state: 'stopping' })
    }
    await at.work('location-move')
    const stopped = await moved(at, from)
    expect(stopped.state).toBe('stopped')
    expect(stopped.done_files).toBeGreaterThanOrEqual(9)
    expect(stopped.done_files).toBeLessThan(40)
    for (const file of files) expect((await at.read(file)).text).toBe(file.content)
    await move(at, from, to)
    await at.work('location-move')
    expect(await moved(at, from)).toMatchObject({ state: 'done', total_files: 40 - stopped.done_files, done_files: 40 - stopped.done_files })
    await expectAllIn(at, files, to)
  })

  it('gives others their turn after a while, and goes on with a job of its own', async () => {
    const at = await shelves()
    const [from, to] = [await at.first(), await at.shelf('a')]
    const files = await at.bring(...texts(40))
    await move(at, from, to)
    let copies = 0
    stores.afterPut = async (folder) => {
      if (folder === 'a' && ++copies === 10) aheadMs += 6 * 60_000
    }
    const [first] = await waiting(at)
    await at.run('location-move', first?.payload)
    const told = await moved(at, from)
    expect(told).toMatchObject({ state: 'running', failed_files: 0 })
    expect(told.done_files).toBeGreaterThanOrEqual(10)
    expect(told.done_files).toBeLessThan(40)
    expect(await waiting(at)).toEqual([first])
    await at.run('location-move', first?.payload)
    expect(await moved(at, from)).toMatchObject({ state: 'done', done_files: 40, total_files: 40 })
    await expectAllIn(at, files, to)
  })

  it('ends at once when it is stopped before anybody works on it', async () => {
    const at = await shelves()
    const [from, to] = [await at.first(), await at.shelf('a')]
    await at.bring('x')
    await move(at, from, to)
    expect((await at.api('DELETE', `${PATH}/${from}/move`)).body).toMatchObject({ state: 'stopped' })
    await at.work('location-move')
    expect(at.objectsIn('a').size).toBe(0)
  })
})

describe('what stands in the way of a move', () => {
  it('is told for files whose bytes are lost or changed; they stay, and the others go', async () => {
    const at = await shelves()
    const [from, to] = [await at.first(), await at.shelf('a')]
    const [lost, changed, shorter, ...well] = (await at.bring('lost', 'changed', 'shorter', 'fine', 'good')) as [
      Brought,
      Brought,
      Brought,
      ...Brought[],
    ]
    at.tamper('.', await at.objectOf(lost.id), null)
    at.tamper('.', await at.objectOf(changed.id), 'CHANGED')
    at.tamper('.', await at.objectOf(shorter.id), 'short')
    await move(at, from, to)
    await at.work('location-move')
    const answer = await moved(at, from)
    expect(answer).toMatchObject({ state: 'failed', total_files: 5, done_files: 2, failed_files: 3, status_msg: '3 files could not be moved' })
    const failed = [lost.id, changed.id, shorter.id].toSorted((a, b) => a - b)
    expect(answer.failed.map(({ file }: { file: number }) => file).toSorted((a: number, b: number) => a - b)).toEqual(failed)
    expect((await at.events('FILE_MOVE_ERROR')).map(({ file }) => file).toSorted((a, b) => a - b)).toEqual(failed)
    await expectAllIn(at, well, to)
    for (const file of [lost, changed, shorter]) expect(await at.rowOf(file.id)).toMatchObject({ location: from })
    expect(at.objectsIn('a').size).toBe(2)
  })

  it('makes it wait when a location does not work, and it goes on when that does again', async () => {
    const at = await shelves()
    const [from, to] = [await at.first(), await at.shelf('a')]
    const files = await at.bring(...texts(6))
    await move(at, from, to)
    stores.memory.trouble = (settings) => {
      if (settings.includes('"a"')) throw new BlobFailure('unavailable', 'the disk is gone')
    }
    await expect(at.work('location-move')).rejects.toThrow('storage location')
    expect(await moved(at, from)).toMatchObject({ state: 'running', done_files: 0, failed_files: 0, status_msg: 'the disk is gone' })
    for (const file of files) expect((await at.read(file)).text).toBe(file.content)
    stores.memory.trouble = () => undefined
    await at.work('location-move')
    expect(await moved(at, from)).toMatchObject({ state: 'done', done_files: 6 })
    expect((await moved(at, from)).status_msg).toBeUndefined()
    await expectAllIn(at, files, to)
  })

  it('ends it when the queue gives up', async () => {
    const at = await shelves()
    const [from, to] = [await at.first(), await at.shelf('a')]
    await at.bring('x')
    await move(at, from, to)
    stores.memory.trouble = () => {
      throw new BlobFailure('denied', 'not with this key')
    }
    await expect(at.work('location-move', true)).rejects.toThrow()
    stores.memory.trouble = () => undefined
    expect(await moved(at, from)).toMatchObject({ state: 'failed', status_msg: 'not with this key' })
  })

  it('is a target that does not have what it was given: nothing is switched, and nothing stays there', async () => {
    const at = await shelves()
    const [from, to] = [await at.first(), await at.shelf('a')]
    const [file] = (await at.bring('precious')) as [Brought]
    stores.afterPut = async (folder, key) => {
      if (folder === 'a') at.tamper('a', key, 'PRECIOUS')
    }
    await move(at, from, to)
    await expect(at.work('location-move')).rejects.toThrow()
    stores.afterPut = () => Promise.resolve()
    expect(await moved(at, from)).toMatchObject({ failed: [{ file: file.id, msg: 'the store does not have the bytes that it was given' }] })
    expect(at.objectsIn('a').size).toBe(0)
    expect(await at.journal()).toEqual([])
    await expectAllIn(at, [file], from)
  })

  it('is a target that is the location itself, not there, or not written to', async () => {
    const at = await shelves()
    const [from, to, frozen] = [await at.first(), await at.shelf('a'), await at.shelf('frozen', { read_only: true })]
    for (const target of [from, 999, frozen])
      expect(await move(at, from, target)).toMatchObject({ status: 400, body: { code: 'LocationMoveRefused', parameters: { target } } })
    expect(await move(at, frozen, to)).toMatchObject({ status: 400, body: { code: 'LocationMoveRefused' } })
    expect((await move(at, frozen, to, { remove_source_copies: false })).status).toBe(200)
    expect((await move(at, 999, to)).status).toBe(404)
    for (const method of ['GET', 'DELETE']) expect((await at.api(method, `${PATH}/999/move`)).status).toBe(404)
  })

  it('is other work on the locations; the same move is joined', async () => {
    const at = await shelves()
    const [from, to, other] = [await at.first(), await at.shelf('a'), await at.shelf('b')]
    await at.bring('x')
    const first = await move(at, from, to)
    expect((await move(at, from, to)).body).toEqual(first.body)
    const busy = (location: number, work: string) => ({ status: 409, body: { code: 'LocationBusy', parameters: { location, work } } })
    expect(await move(at, from, other)).toMatchObject(busy(from, 'move'))
    expect(await move(at, other, from)).toMatchObject(busy(from, 'move'))
    expect(await move(at, to, from)).toMatchObject(busy(from, 'move'))
    expect(await move(at, to, other)).toMatchObject(busy(to, 'move'))
    expect(await at.api('POST', `${PATH}/${from}/scrub`)).toMatchObject(busy(from, 'move'))
    expect(await at.api('DELETE', `${PATH}/${to}`)).toMatchObject(busy(to, 'move'))
    const elsewhere = { id: to, kind: 'file', config: { file: { dir: 'c' } } }
    expect(await at.api('PUT', `${PATH}/${to}`, elsewhere)).toMatchObject(busy(to, 'move'))
    await at.work('location-move')
    expect((await at.api('PUT', `${PATH}/${to}`, elsewhere)).body).toMatchObject({ code: 'LocationInUse', parameters: { location: to, files: 1 } })
    const renamed = { ...elsewhere, name: 'renamed', config: { file: { dir: './a/' } } }
    expect((await at.api('PUT', `${PATH}/${to}`, renamed)).status).toBe(200)
    expect(await at.api('DELETE', `${PATH}/${to}`)).toMatchObject({ status: 400, body: { code: 'LocationInUse', parameters: { files: 1 } } })
  })
})
