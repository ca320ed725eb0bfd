import { get } from 'node:http'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Hono } from 'hono'
import type { ServerEnv } from '../env.ts'
import { listen, type Listener } from '../serve.ts'
import { nodeBody } from './node-body.ts'

let listener: Listener | undefined
afterEach(async () => {
  await listener?.close(0)
  listener = undefined
})

const warnings: unknown[] = []
/** A server that answers what `stream` makes, with that length. */
async function serving(stream: () => Readable, length: number): Promise<string> {
  const app = new Hono<ServerEnv>()
  app.use(async (c, next) => {
    c.set('log', { warn: (about: unknown) => void warnings.push(about) } as never)
    await next()
    if (c.req.query('fails') !== undefined) throw new Error('after the handler')
  })
  app.onError((error, c) => c.text(error.message, 500))
  app.get('/', (c) => new Response(nodeBody(c, stream()), { headers: { 'content-length': String(length), 'content-type': 'image/png' } }))
  listener = await listen(app, { host: '127.0.0.1', port: 0, requestTimeoutMs: 10_000 })
  return `http://127.0.0.1:${listener.port}/`
}
const giving = (stream: Readable) => Object.assign(stream, { givesChunks: true as const })

describe('an answer that is a stream of Node', () => {
  it('is sent with its head', async () => {
    const chunks = Array.from({ length: 40 }, (_, n) => Buffer.alloc(100_000, n))
    const answer = await fetch(await serving(() => Readable.from(chunks, { objectMode: false }), 4_000_000))
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.concat(chunks))).toBe(true)
  })

  it('is sent in one piece when all of it is there', async () => {
    const there = new Readable({ read: () => undefined })
    for (const chunk of [Buffer.from('all of it'), null]) there.push(chunk)
    const answer = await fetch(await serving(() => there, 9))
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['image/png', 'all of it'])
  })

  it('gives the memory of its chunks back where they are its own, once they are sent', async () => {
    const chunks = Array.from({ length: 20 }, (_, n) => Buffer.from(new ArrayBuffer(200_000)).fill(n))
    const expected = Buffer.concat(chunks)
    const answer = await fetch(await serving(() => giving(Readable.from(chunks, { objectMode: false })), expected.length))
    expect(Buffer.from(await answer.arrayBuffer()).equals(expected)).toBe(true)
    await vi.waitUntil(() => chunks.every(({ byteLength }) => byteLength === 0))
  })

  it('is left when the client leaves', async () => {
    const endless = new Readable({ read: () => void endless.push(Buffer.alloc(100_000)) })
    const url = await serving(() => endless, 1e12)
    await new Promise<void>((resolve, reject) => {
      const call = get(url, (response) => response.once('data', () => resolve(void call.destroy())))
      call.on('error', reject)
    })
    await vi.waitUntil(() => endless.destroyed)
    expect(warnings).toEqual([])
  })

  it('that breaks off ends the connection, and the log says why', async () => {
    const broken = async function* () {
      yield Buffer.alloc(100)
      throw new Error('the store has gone')
    }
    const answer = await fetch(await serving(() => Readable.from(broken(), { objectMode: false }), 200))
    await expect(answer.arrayBuffer()).rejects.toThrow()
    expect(warnings.splice(0)).toMatchObject([{ err: { message: 'the store has gone' } }])
  })

  it('gives way to a failure behind it', async () => {
    const stream = Readable.from([Buffer.from('never sent')])
    const answer = await fetch(`${await serving(() => stream, 10)}?fails`)
    expect([answer.status, stream.destroyed]).toEqual([500, true])
  })

  it('is a stream of the platform where there is no socket', async () => {
    const app = new Hono<ServerEnv>()
    app.get('/', (c) => new Response(nodeBody(c, Readable.from([Buffer.from('inside')]))))
    expect(await (await app.request('/')).text()).toBe('inside')
  })
})
