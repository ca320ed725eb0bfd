/** Uploads that break off, meet each other, are left alone for too long, or outlive the server that was at work on them. */
import { setTimeout as delay } from 'node:timers/promises'
import type { JobName } from '@vitrine/domain/jobs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { memoryStores } from '../../testing/memory-stores.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'
import { fileIdOf, offsetOf, openWrite, tusOf } from '../../testing/uploads.ts'

const stores = memoryStores()
let now = () => Date.now()
let server: TestServer
let second: TestServer
beforeAll(async () => {
  const options = { stores, uploadPieceBytes: 4, clock: () => new Date(now()) }
  server = await testServer(options)
  second = await testServer({ ...options, databaseUrl: server.databaseUrl })
})
afterAll(async () => {
  await second.close()
  await server.close()
})
afterEach(() => {
  stores.trouble = () => undefined
  now = () => Date.now()
})

const objects = ({ id }: TestInstance) => [...stores.places.values()].flatMap((place) => [...place.keys()].filter((key) => key.includes(id)))
const idOf = (address: string) => address.slice(address.lastIndexOf('/') + 1)
const run = (name: JobName, { id: instance }: TestInstance, address: string) =>
  server.jobs[name]({ instance, payload: { upload: idOf(address) }, key: '', signal: new AbortController().signal, last: false })
const sqlOf = ({ id }: TestInstance) => server.database.tenant(id)
const countFiles = async (at: TestInstance) => {
  const [row] = await sqlOf(at).read((sql) => sql<[{ n: number }]>`select count(*)::int as n from file where instance_id = ${at.id}`)
  return row.n
}
const timeIsUp = (at: TestInstance, address: string) =>
  sqlOf(at).write((sql) => sql`update file_upload set expires_at = now() - interval '1 s' where instance_id = ${at.id} and id = ${idOf(address)}`)
/** What a store does for one object: it looks whether it can, and puts it there. */
const PUT_STEPS = 2
/** The store does so many things, and then no more. */
const failAfter = (count: number) => {
  let left = count
  stores.trouble = () => {
    if (--left < 0) throw new Error('down')
  }
}
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(10)
}

describe('a connection that is lost', () => {
  it('costs none of the bytes that have arrived, also those of the piece under way', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(20)
    const write = openWrite(server, at, address, 0)
    write.send('abcdefghij')
    await until(() => objects(at).length === 2)
    write.breakOff()
    await write.answer
    expect(offsetOf(await tus.ask(address))).toBe(10)
    expect(fileIdOf(await tus.write(address, 10, 'klmnopqrst'))).toBeGreaterThan(0)
  })

  it('that the server has not noticed gives way to whoever asks how far the upload has come', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(20)
    const write = openWrite(server, at, address, 0)
    write.send('abcdefghij')
    await until(() => objects(at).length === 2)
    expect(offsetOf(await tus.ask(address))).toBe(10)
    expect((await tus.write(address, 10, 'k')).status).toBe(204)
    expect((await write.answer).status).toBe(204)
  })
})

describe('two who add to an upload at once', () => {
  it.each(['the same server', 'another server'])('through %s: the later one is told so, and the first goes on', async (where) => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(8)
    const first = openWrite(server, at, address, 0)
    first.send('abcd')
    await until(() => objects(at).length === 1)
    const late = openWrite(where === 'another server' ? second : server, at, address, 4)
    late.send('XXXX')
    late.end()
    const answer = await late.answer
    expect([answer.status, await answer.json()]).toMatchObject([423, { code: 'UploadBusy', parameters: { upload: idOf(address) } }])
    first.send('efgh')
    first.end()
    const done = await first.answer
    expect(done.status).toBe(204)
    const { body } = await at.api('GET', `/api/v1/eas/${done.headers.get('x-vitrine-file-id')}?format=long`)
    expect(body.filesize).toBe(8)
    expect(await countFiles(at)).toBe(1)
  })

  it('cannot both add, even when the server of one has been taken for dead', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(8)
    const first = openWrite(server, at, address, 0)
    first.send('abcd')
    await until(() => objects(at).length === 1)
    await sqlOf(at).write((sql) => sql`update file_upload set held_until = now() where instance_id = ${at.id} and id = ${idOf(address)}`)
    const other = openWrite(second, at, address, 4)
    other.send('1234')
    other.end()
    expect((await other.answer).status).toBe(204)
    first.send('efgh')
    first.end()
    const answer = await first.answer
    expect([404, 409, 423]).toContain(answer.status)
    expect(await countFiles(at)).toBe(1)
    expect(objects(at)).toHaveLength(1)
  })

  it('are told apart when one ends it: what is being written is not', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(8)
    const write = openWrite(server, at, address, 0)
    write.send('abcd')
    await until(() => objects(at).length === 1)
    expect((await tus.end(address)).status).toBe(204)
    await write.answer
    expect(objects(at)).toEqual([])
  })
})

describe('an upload that is whole when its server dies', () => {
  async function broken() {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(8, { reference: 'once' })
    await tus.write(address, 0, 'abcd')
    // The last piece is stored, and nothing after it.
    failAfter(PUT_STEPS)
    expect(await tus.write(address, 4, 'efgh')).toMatchObject({ status: 503, body: { code: 'FileStoreUnavailable' } })
    expect(await countFiles(at)).toBe(0)
    return { at, tus, address }
  }

  it('becomes a file when somebody asks for it', async () => {
    const { at, tus, address } = await broken()
    const asked = await tus.ask(address)
    expect([asked.status, offsetOf(asked), asked.headers.get('x-vitrine-file-id')]).toEqual([200, 8, null])
    stores.trouble = () => undefined
    expect(fileIdOf(await tus.ask(address))).toBeGreaterThan(0)
    expect(await countFiles(at)).toBe(1)
    expect(objects(at)).toHaveLength(1)
  })

  it('becomes a file when nobody asks for it, once', async () => {
    const { at, tus, address } = await broken()
    await expect(run('upload-finish', at, address)).rejects.toThrow()
    stores.trouble = () => undefined
    await run('upload-finish', at, address)
    await run('upload-finish', at, address)
    expect(await countFiles(at)).toBe(1)
    expect(fileIdOf(await tus.ask(address))).toBeGreaterThan(0)
  })

  it('is thrown away when it cannot become a file any more', async () => {
    const { at, tus, address } = await broken()
    stores.trouble = () => undefined
    expect((await tus.create({ filename: 'b.txt', reference: 'once' }, { 'upload-length': '1' }, 'x')).status).toBe(201)
    await run('upload-finish', at, address)
    expect((await tus.ask(address)).status).toBe(404)
    expect(await countFiles(at)).toBe(1)
    expect(objects(at)).toHaveLength(1)
  })
})

describe('an upload whose time is up', () => {
  it('is not there any more, and its pieces go', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(8)
    await tus.write(address, 0, 'abcd')
    await run('upload-expire', at, address)
    expect((await tus.ask(address)).status).toBe(200)
    await timeIsUp(at, address)
    expect((await tus.ask(address)).status).toBe(404)
    expect((await tus.write(address, 4, 'efgh')).status).toBe(404)
    expect(objects(at)).toHaveLength(1)
    await run('upload-expire', at, address)
    expect(objects(at)).toEqual([])
    await run('upload-expire', at, address)
  })

  it('is left to whoever adds to it at that very moment', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(8)
    const write = openWrite(server, at, address, 0)
    write.send('abcd')
    await until(() => objects(at).length === 1)
    await timeIsUp(at, address)
    await expect(run('upload-expire', at, address)).rejects.toMatchObject({ code: 'UploadBusy' })
    write.send('efgh')
    write.end()
    expect((await write.answer).status).toBe(204)
    expect(await countFiles(at)).toBe(1)
  })

  it('keeps its time with every byte that comes', async () => {
    const tus = tusOf(await server.instance())
    const address = await tus.begin(8)
    const before = Date.parse((await tus.ask(address)).headers.get('upload-expires') ?? '')
    now = () => Date.now() + 60 * 60 * 1000
    const after = Date.parse((await tus.write(address, 0, 'abcd')).headers.get('upload-expires') ?? '')
    expect(after).toBeGreaterThan(before)
  })

  it('is forgotten when it has become a file, which stays', async () => {
    const at = await server.instance()
    const tus = tusOf(at)
    const address = await tus.begin(1)
    await tus.write(address, 0, 'x')
    await timeIsUp(at, address)
    await run('upload-expire', at, address)
    expect((await tus.ask(address)).status).toBe(404)
    expect(await countFiles(at)).toBe(1)
    expect(objects(at)).toHaveLength(1)
  })
})
