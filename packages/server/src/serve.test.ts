/** What only a real socket can show: broken HTTP, requests that do not arrive, and stopping in order. */
import { connect } from 'node:net'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { listen, type Listener } from './serve.ts'

const listeners: Listener[] = []
afterEach(async () => {
  for (const l of listeners.splice(0)) await l.close(0)
})

async function open(app: Hono, requestTimeoutMs = 60_000): Promise<Listener> {
  const listener = await listen(app, { host: '127.0.0.1', port: 0, requestTimeoutMs })
  listeners.push(listener)
  return listener
}

/** Sends bytes and answers all that comes back until the server hangs up. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let received = ''
    socket.on('data', (chunk) => (received += chunk.toString()))
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
  })
}
const envelopeOf = (answer: string) =>
  JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { code: string; parameters: Record<string, unknown> }

describe('listen', () => {
  it('answers broken HTTP with the envelope', async () => {
    const { port } = await open(new Hono())
    const answer = await exchange(port, 'THIS IS NOT HTTP\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(envelopeOf(answer).code).toBe('ServerGeneric')
  })

  it('answers headers that are too large with the envelope', async () => {
    const { port } = await open(new Hono())
    const answer = await exchange(port, `GET / HTTP/1.1\r\nhost: a\r\nx-long: ${'x'.repeat(40_000)}\r\n\r\n`)
    expect(envelopeOf(answer).parameters['where']).toBe('header')
  })

  it('gives up on a request that does not arrive in time', async () => {
    const { port } = await open(
      new Hono().post('/', async (c) => c.text(await c.req.text())),
      300,
    )
    const answer = await exchange(port, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc')
    expect(answer).toMatch(/^HTTP\/1\.1 503 /)
    expect(envelopeOf(answer)).toMatchObject({ code: 'RequestTimeout', parameters: { seconds: 0.3 } })
  })

  it('lets a running request finish when closed, and takes no new one', async () => {
    let release = () => undefined as void
    const held = new Promise<void>((resolve) => (release = resolve))
    let arrived = () => undefined as void
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    const app = new Hono().get('/slow', async (c) => {
      arrived()
      await held
      return c.text('done')
    })
    const listener = await open(app)
    const running = fetch(`http://127.0.0.1:${listener.port}/slow`)
    await arrival
    const closed = listener.close(60_000)
    await expect(fetch(`http://127.0.0.1:${listener.port}/slow`)).rejects.toThrow()
    release()
    expect(await (await running).text()).toBe('done')
    await closed
    listeners.pop()
  })

  it('says which port is taken', async () => {
    const { port } = await open(new Hono())
    await expect(listen(new Hono(), { host: '127.0.0.1', port, requestTimeoutMs: 1000 })).rejects.toThrow(`port ${port}`)
  })
})
