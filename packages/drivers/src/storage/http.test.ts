import { Agent, type IncomingMessage } from 'node:http'
import { FetchFailure } from '@vitrine/domain/ports/http-fetch'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { troubleOf } from '../conformance/blob-store-bodies.ts'
import { contentOf, exchange, networkFailure, statusFailure, type Agents, type Call } from './http.ts'
import { faults, faultyServer, type Answer } from './testing/faulty-server.ts'
import { plainAgents } from './testing/services.ts'

async function asked(answer: Answer, more: Partial<Call> = {}, options: { agents?: Agents; stallMs?: number; streams?: boolean } = {}) {
  const server = await faultyServer(answer)
  const plain = plainAgents()
  onTestFinished(async () => (plain.destroy(), server.close()))
  const { hostname, port } = new URL(server.url)
  const call = { secure: false, method: 'GET', hostname, port: Number(port), path: '/a%20b?c', headers: {}, ...more }
  const { agents = plain, stallMs = 60_000, streams = false } = options
  const controller = new AbortController()
  const message = exchange(call, { agents, stallMs, streams, signal: controller.signal }).catch((error: unknown) => {
    throw networkFailure(error)
  })
  return { server, message, controller, busy: () => plain.busy() }
}
const textOf = async (message: Promise<IncomingMessage>) => (await contentOf(await message, 100)).toString()

describe('a request to a store', () => {
  it('is sent as it is, with its body, and its connection is used again', async () => {
    const echo: Answer = async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      response.end(`${request.method} ${request.url} ${request.headers['x-one']} ${Buffer.concat(chunks).toString()}`)
    }
    const { message, server, busy } = await asked(echo, { method: 'PUT', headers: { 'X-One': 'two', 'Content-Length': 4 }, body: 'body' })
    expect(await textOf(message)).toBe('PUT /a%20b?c two body')
    await vi.waitUntil(() => busy() === 0, { timeout: 30_000 })
    expect(server.connections).toBe(1)
  })

  it('fails when the connection changes its protocol, breaks, or says something that is not HTTP', async () => {
    const upgrade: Answer = (request) => request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n')
    for (const answer of [upgrade, faults.cut(), faults.garbage()]) expect(await troubleOf((await asked(answer)).message)).toBe('unavailable')
  })

  it('ends after a silence, also between the pieces of a small answer', async () => {
    for (const answer of [faults.silence(), faults.stall(50, 'some')]) {
      const { message } = await asked(answer, {}, { stallMs: 50 })
      expect(await troubleOf(textOf(message).catch((error: unknown) => Promise.reject(networkFailure(error))))).toBe('unavailable')
    }
  })

  it('lets the reader of a stream be as slow as he likes', async () => {
    for (const streams of [true, false]) {
      const { message } = await asked(faults.stall(50, 'some'), {}, { streams })
      expect((await message).socket.timeout).toBe(streams ? 0 : 60_000)
    }
  })

  it('ends with its signal, and the reading of its answer as well', async () => {
    const { message, controller } = await asked(faults.stall(50, 'some'), {}, { streams: true })
    const stream = await message
    controller.abort()
    await vi.waitUntil(() => stream.destroyed, { timeout: 30_000 })
    expect(stream.errored).toBeInstanceOf(Error)
  })

  it('keeps no more of an answer than it may', async () => {
    for (const answer of [faults.status(200, 'x'.repeat(101)), faults.endless()]) {
      const { message, server } = await asked(answer)
      expect(await troubleOf(textOf(message))).toBe('unavailable')
      await vi.waitUntil(() => server.connections === 0, { timeout: 30_000 })
    }
    expect(await textOf((await asked(faults.status(200, 'x'.repeat(100)))).message)).toHaveLength(100)
  })

  it('is told that its place is closed when its agent says so', async () => {
    class Closed extends Agent {
      override createConnection(): never {
        throw new FetchFailure('refused', 'closed')
      }
    }
    const agents = { plain: new Closed(), secure: new Closed() }
    expect(await troubleOf((await asked(faults.status(200), {}, { agents })).message)).toBe('misconfigured')
  })
})

it('a status that says no has a meaning', () => {
  const meanings = [301, 400, 401, 403, 404, 408, 409, 413, 416, 429, 500, 503, 507].map((status) => statusFailure(status, '').trouble)
  const [wrong, later] = ['misconfigured', 'unavailable']
  expect(meanings).toEqual([wrong, wrong, 'denied', 'denied', 'not-found', later, later, 'full', 'corrupt', later, later, later, 'full'])
})
