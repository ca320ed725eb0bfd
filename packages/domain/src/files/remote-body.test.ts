import { afterEach, describe, expect, it, vi } from 'vitest'
import { FetchFailure } from '../ports/http-fetch.ts'
import { RemoteTrouble } from './fetch-file.ts'
import { leftBodies, remoteBody, type RemoteLimits } from './remote-body.ts'
import { remoteServer, type Told } from './remote.harness.ts'

afterEach(() => void vi.useRealTimers())

const bytes = (length: number) => new Uint8Array(length)
const { signal } = new AbortController()
async function lengthOf(body: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0
  for await (const chunk of body) length += chunk.byteLength
  return length
}
async function read(told: Told | FetchFailure, limits: Partial<RemoteLimits> = {}) {
  const { body, ...facts } = await remoteBody(remoteServer({ GET: told }).http)('https://a.test/x.jpg', { maxBytes: null, signal, ...limits })
  return { ...facts, length: await lengthOf(body) }
}
const trouble = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => {
      if (!(error instanceof RemoteTrouble)) throw error
      return [error.hopeless ? 'hopeless' : 'again', error.message]
    },
  )
const ofLength = (length: number, ...body: Uint8Array[]): Told => ({ headers: { 'content-length': String(length) }, body })

describe('the body of a remote file', () => {
  it('comes whole, with its length where that is told', async () => {
    const told = { headers: { 'content-length': '30', 'content-type': 'image/png' }, body: [bytes(10), bytes(20)] }
    expect(await read(told)).toEqual({ sizeBytes: 30, contentType: 'image/png', length: 30 })
    expect(await read({ body: [bytes(5)] })).toEqual({ sizeBytes: null, contentType: null, length: 5 })
  })

  it('is asked for with limits on stillness, speed and size', async () => {
    const { http, asked } = remoteServer({ GET: { body: [bytes(1)] } })
    await remoteBody(http)('https://a.test/x.jpg', { maxBytes: 99, signal })
    expect(asked).toMatchObject([{ url: 'https://a.test/x.jpg', maxBytes: 99, signal }])
    for (const limit of ['timeoutMs', 'idleTimeoutMs', 'leastBytesPerSecond', 'maxRedirects'] as const) expect(asked[0]?.[limit]).toBeGreaterThan(0)
  })

  it('fails for good when the server has it not, and for now when it is only busy or broken', async () => {
    for (const status of [204, 206, 304, 400, 401, 403, 404, 410, 451])
      expect(await trouble(read({ status }))).toEqual(['hopeless', `the server there answered ${status}`])
    for (const status of [408, 425, 429, 500, 502, 503, 504])
      expect(await trouble(read({ status }))).toEqual(['again', `the server there answered ${status}`])
  })

  it('fails for good when it may not be fetched, and for now when the network fails', async () => {
    for (const kind of ['refused', 'too-large', 'too-many-redirects'] as const) {
      expect(await trouble(read(new FetchFailure(kind, 'why')))).toEqual(['hopeless', 'why'])
      expect(await trouble(read({ body: [bytes(1), new FetchFailure(kind, 'why')] }))).toEqual(['hopeless', 'why'])
    }
    for (const kind of ['unknown-host', 'network', 'timeout'] as const) {
      expect(await trouble(read(new FetchFailure(kind, 'why')))).toEqual(['again', 'why'])
      expect(await trouble(read({ body: [bytes(1), new FetchFailure(kind, 'why')] }))).toEqual(['again', 'why'])
    }
  })

  it('is no trouble of the other server when the reader gives up', async () => {
    const aborted = new FetchFailure('aborted', 'given up')
    await expect(read(aborted)).rejects.toBe(aborted)
    await expect(read({ body: [bytes(1), aborted] })).rejects.toBe(aborted)
  })

  it('fails when other bytes come than were said, by the answer or before', async () => {
    expect(await trouble(read(ofLength(10, bytes(9))))).toEqual(['again', 'fewer bytes came than the 10 that were announced'])
    expect(await trouble(read(ofLength(10, bytes(9), bytes(9))))).toEqual(['again', 'more bytes came than the 10 that were announced'])
    expect(await trouble(read(ofLength(10, bytes(10)), { expectedBytes: 11 }))).toEqual(['hopeless', 'the file has 10 bytes, and 11 were announced'])
    expect(await trouble(read({ body: [bytes(10)] }, { expectedBytes: 11 }))).toEqual(['again', 'fewer bytes came than the 11 that were announced'])
    expect(await read(ofLength(10, bytes(10)), { expectedBytes: 10 })).toMatchObject({ length: 10 })
  })

  it('fails when it is empty, too large, or packed', async () => {
    expect(await trouble(read(ofLength(0)))).toEqual(['hopeless', 'the file is empty'])
    expect(await trouble(read({ body: [] }))).toEqual(['hopeless', 'the file is empty'])
    expect(await trouble(read(ofLength(10, bytes(10)), { maxBytes: 9 }))).toEqual(['hopeless', 'the file has 10 bytes, and at most 9 are taken'])
    expect(await read(ofLength(10, bytes(10)), { maxBytes: 10 })).toMatchObject({ length: 10 })
    expect(await trouble(read({ headers: { 'content-encoding': 'gzip' }, body: [bytes(1)] }))).toMatchObject([
      'hopeless',
      expect.stringContaining('gzip'),
    ])
  })

  it('lets the connection go when it is refused, or when nobody begins to read', async () => {
    const refused = remoteServer({ GET: { status: 404 } })
    await trouble(remoteBody(refused.http)('https://a.test/x.jpg', { maxBytes: null, signal }))
    expect(refused.discarded).toHaveLength(1)
    vi.useFakeTimers()
    const left = remoteServer({ GET: { body: [bytes(1)] } })
    const { body } = await remoteBody(left.http)('https://a.test/x.jpg', { maxBytes: null, signal })
    const begun = remoteServer({ GET: { body: [bytes(1), bytes(1)] } })
    const reading = (await remoteBody(begun.http)('https://a.test/x.jpg', { maxBytes: null, signal })).body[Symbol.asyncIterator]()
    await reading.next()
    await vi.advanceTimersByTimeAsync(120_000)
    expect([left.discarded.length, begun.discarded.length]).toEqual([1, 0])
    expect(body).toBeDefined()
  })
})

describe('a file that stays where it is', () => {
  const file = { id: 5, remoteUrl: 'https://a.test/x.jpg' } as Parameters<ReturnType<typeof leftBodies>['open']>[0]

  it('is read from there, and its place is told as out of reach when that fails', async () => {
    const found = await leftBodies(remoteServer({ GET: { body: [bytes(3)] } }).http).open(file, signal)
    expect(await lengthOf(found)).toBe(3)
    const unavailable = { code: 'FileStoreUnavailable', parameters: { location: 'remote', file: 5 } }
    await expect(leftBodies(remoteServer({ GET: { status: 404 } }).http).open(file, signal)).rejects.toMatchObject(unavailable)
    const broken = await leftBodies(remoteServer({ GET: ofLength(3, bytes(2)) }).http).open(file, signal)
    await expect(lengthOf(broken)).rejects.toMatchObject(unavailable)
  })
})
