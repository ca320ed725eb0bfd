import { get, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { bodyOf, bytesOf, heldBytes, readAll, troubleOf } from '../conformance/blob-store-bodies.ts'
import { delivered } from './delivery.ts'
import { faults, faultyServer, type Answer } from './testing/faulty-server.ts'

const failure = (error: unknown) => (error instanceof BlobFailure ? error : new BlobFailure('unavailable', 'the connection broke', error))

async function delivery(answer: Answer, sizeBytes: number, more: { stallMs?: number; signal?: AbortSignal } = {}) {
  const server = await faultyServer(answer)
  onTestFinished(() => server.close())
  const message = await new Promise<IncomingMessage>((resolve, reject) => get(server.url, { agent: false }, resolve).once('error', reject))
  return { server, message, stream: delivered(message, { sizeBytes, stallMs: 60_000, failure, ...more }) }
}

describe('what a store delivers', () => {
  it('comes through as it is', async () => {
    const { stream } = await delivery(faults.status(200, bytesOf(300_000)), 300_000)
    expect((await readAll(stream)).equals(bytesOf(300_000))).toBe(true)
  })

  it('is a failure of the store when the connection is cut', async () => {
    const { stream } = await delivery(faults.cutBody(100, 'some'), 100)
    expect(await troubleOf(readAll(stream))).toBe('unavailable')
  })

  it('is corrupt when it is shorter or longer than told, although it ends well', async () => {
    for (const told of [3, 5]) {
      const { stream } = await delivery(faults.whole('four'), told)
      expect(await troubleOf(readAll(stream))).toBe('corrupt')
    }
  })

  it('is a failure of the store when nothing more comes, and the connection is ended', async () => {
    const { stream, server } = await delivery(faults.stall(100, 'some'), 100, { stallMs: 50 })
    expect(await troubleOf(readAll(stream))).toBe('unavailable')
    await vi.waitUntil(() => server.connections === 0, { timeout: 30_000 })
  })

  it('waits for a reader who is slower than the store may be', async () => {
    // Everything is at hand, so only the time of the reader could count.
    const source = Readable.from(bodyOf(bytesOf(300_000)), { objectMode: false })
    let seen = 0
    for await (const chunk of delivered(source, { sizeBytes: 300_000, stallMs: 1, failure })) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      seen += (chunk as Buffer).length
    }
    expect(seen).toBe(300_000)
  })

  it('ends the connection when it is aborted or left, while it waits for bytes and while nobody reads', async () => {
    const controller = new AbortController()
    const waiting = await delivery(faults.stall(100, 'some'), 100, { signal: controller.signal })
    const reading = troubleOf(readAll(waiting.stream))
    const unread = await delivery(faults.stall(100, 'some'), 100)
    const left = await delivery(faults.endless(), 1e12)
    for await (const _ of left.stream) break
    unread.stream.destroy()
    controller.abort()
    expect(await reading).toBe('aborted')
    const open = () => waiting.server.connections + unread.server.connections + left.server.connections
    await vi.waitUntil(() => open() === 0, { timeout: 30_000 })
  })

  it('is not collected in memory when nobody reads', async () => {
    const before = heldBytes()
    const { stream, message } = await delivery(faults.endless(), 1e12)
    for await (const _ of stream) {
      await vi.waitUntil(() => message.isPaused() || message.readableLength >= message.readableHighWaterMark, { timeout: 30_000 })
      break
    }
    expect(heldBytes() - before).toBeLessThan(16_000_000)
  })

  it('does not end the process when the source fails while nobody reads', async () => {
    const source = new Readable({ read: () => undefined })
    const stream = delivered(source, { sizeBytes: 10, stallMs: 1000, failure })
    source.destroy(new Error('gone'))
    await vi.waitUntil(() => source.closed, { timeout: 30_000 })
    expect(await troubleOf(readAll(stream))).toBe('unavailable')
  })
})
