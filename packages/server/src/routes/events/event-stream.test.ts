import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { listen, type Listener } from '../../serve.ts'
import { recordSeen } from '../../testing/seen.ts'
import { filePorts } from '../../testing/file-ports.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
let listener: Listener
const LIMITS = { host: '127.0.0.1', port: 0, requestTimeoutMs: 60_000 }
const PATH = '/api/v1/event/stream'
beforeAll(async () => {
  server = await testServer({ streamCheckMs: 300 })
  listener = await listen(server.app, LIMITS)
})
afterAll(async () => {
  await listener.close(0)
  await server.close()
})

const endings: (() => void)[] = []
afterEach(() => {
  for (const end of endings.splice(0)) end()
})

interface EventBody {
  event: { _id: number; type: string; info?: object }
}

/** An open WebSocket that remembers what came and how it ended. */
async function follow(at: TestInstance, options: { token?: string; query?: string; port?: number } = {}) {
  const { token = at.token, query = '', port = listener.port } = options
  const headers = { host: at.domain, ...(query === '' && { authorization: `Bearer ${token}` }) }
  const socket = new WebSocket(`ws://127.0.0.1:${port}${PATH}${query}`, { headers })
  endings.push(() => socket.terminate())
  const seen: EventBody[] = []
  socket.on('message', (data: Buffer, binary) => {
    expect(binary).toBe(false)
    seen.push(JSON.parse(data.toString()) as EventBody)
  })
  const closed = new Promise<[number, string]>((resolve) => socket.on('close', (code, reason) => resolve([code, reason.toString()])))
  const refused = new Promise<never>((_, reject) => {
    socket.on('unexpected-response', (_request, response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () =>
        reject(Object.assign(new Error(`answered ${response.statusCode}`), { status: response.statusCode, body: JSON.parse(text) as unknown })),
      )
    })
    socket.on('error', reject)
  })
  refused.catch(() => undefined)
  await Promise.race([new Promise((resolve) => socket.on('open', resolve)), refused])
  recordSeen(['eventStream 101'])
  return { socket, seen, closed, types: () => seen.map(({ event }) => event.type) }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
const add = async (at: TestInstance, ...types: string[]) => {
  const { status, body, text } = await at.api<EventBody[]>(
    'POST',
    '/api/v1/event/list?skip_constraints=1',
    types.map((type) => ({ _basetype: 'event', event: { type } })),
  )
  if (status !== 200) throw new Error(text)
  return body.map(({ event }) => event._id)
}
async function visitor(at: TestInstance): Promise<string> {
  await at.api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'visitor' }, _password: 'a visitor has a password' }])
  return at.signIn('visitor', 'a visitor has a password')
}

describe('as a WebSocket', () => {
  it('sends each pollable event after the opening as one text frame, in order', async () => {
    const at = await server.instance()
    await add(at, 'POOL_DELETE')
    const { seen, socket } = await follow(at)
    socket.send('nobody listens to this')
    const added = await add(at, 'POOL_INSERT', 'TASK', 'POOL_UPDATE')
    await until(() => seen.length === 2)
    expect(seen).toMatchObject([
      { _basetype: 'event', event: { _id: added[0], type: 'POOL_INSERT' } },
      { event: { _id: added[2], type: 'POOL_UPDATE' } },
    ])
  })

  it('takes the token from the query as well, and nobody without one', async () => {
    const at = await server.instance()
    const { seen } = await follow(at, { query: `?access_token=${at.token}` })
    await add(at, 'POOL_INSERT')
    await until(() => seen.length === 1)
    await expect(follow(at, { token: 'made-up' })).rejects.toMatchObject({ status: 401, body: { code: 'UserRequired', statuscode: 401 } })
    await expect(follow(at, { query: '?nothing=1' })).rejects.toMatchObject({ status: 401 })
    await expect(follow(at, { query: `?access_token=${at.token}&nothing=1` })).rejects.toMatchObject({
      status: 400,
      body: { parameters: { where: 'query' } },
    })
  })

  it('hears of what another server writes, and of its own instance only', async () => {
    const [at, other] = await Promise.all([server.instance(), server.instance()])
    const second = await secondServer()
    const far = await follow(at, { port: second.listener.port })
    const near = await follow(at)
    const stranger = await follow(other)
    await add(other, 'TAG_INSERT')
    const form = JSON.stringify({ _basetype: 'event', event: { type: 'POOL_INSERT' } })
    const written = await second.app.fetch(
      new Request(`http://${at.domain}/api/v1/event?skip_constraints=1`, {
        method: 'POST',
        body: form,
        headers: { host: at.domain, authorization: `Bearer ${at.token}`, 'content-type': 'application/json' },
      }),
    )
    expect(written.status).toBe(200)
    await until(() => far.seen.length === 1 && near.seen.length === 1 && stranger.seen.length === 1)
    expect([far.types(), near.types(), stranger.types()]).toEqual([['POOL_INSERT'], ['POOL_INSERT'], ['TAG_INSERT']])
    second.lifecycle.enter('stopping')
    expect(await far.closed).toEqual([1001, 'the server stops'])
    await second.listener.close(1000)
    await add(at, 'POOL_DELETE')
    await until(() => near.seen.length === 2)
  })

  it('ends when the token stops counting', async () => {
    const at = await server.instance()
    const token = await visitor(at)
    const { closed } = await follow(at, { token })
    const kept = await follow(at)
    await at.api('POST', '/api/oauth2/revoke', new URLSearchParams({ token, client_id: 'vitrine-cli' }))
    expect(await closed).toEqual([1008, 'the token does not count any more'])
    await add(at, 'POOL_INSERT')
    await until(() => kept.seen.length === 1)
  })

  it('lets go of a client that takes nothing, and holds little for it', async () => {
    const at = await server.instance()
    const quick = await follow(at)
    const slow = await follow(at)
    slow.socket.pause()
    const info = { text: 'x'.repeat(20_000) }
    const drafts = Array.from({ length: 150 }, () => ({ _basetype: 'event', event: { type: 'POOL_UPDATE', info } }))
    for (let i = 0; i < 5; i++) expect((await at.api('POST', '/api/v1/event/list?skip_constraints=1&background=1', drafts)).status).toBe(200)
    const tenant = await server.tenants.find(at.domain)
    await until(() => quick.seen.length === 750)
    // It does not answer the ping either.
    await until(() => tenant?.eventStreams.open === 1)
    slow.socket.resume()
    expect((await slow.closed)[0]).toBe(1006)
  })

  it('leaves nothing behind when clients hang up', async () => {
    const at = await server.instance()
    const tenant = await server.tenants.find(at.domain)
    const all = await Promise.all(Array.from({ length: 20 }, () => follow(at)))
    await until(() => tenant?.eventStreams.open === 20)
    for (const { socket } of all.slice(0, 10)) socket.close()
    for (const { socket } of all.slice(10)) socket.terminate()
    await until(() => tenant?.eventStreams.open === 0)
    expect((await all[0]?.closed)?.[0]).toBe(1005)
  })

  it('cuts a client that sends too much', async () => {
    const at = await server.instance()
    const { socket, closed } = await follow(at)
    socket.send('x'.repeat(100_000))
    expect((await closed)[0]).toBe(1009)
  })
})

describe('as server-sent events', () => {
  async function source(at: TestInstance, headers: Record<string, string> = {}) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = get(
        {
          host: '127.0.0.1',
          port: listener.port,
          path: PATH,
          headers: { host: at.domain, authorization: `Bearer ${at.token}`, accept: 'text/event-stream', ...headers },
        },
        resolve,
      )
      sent.on('error', reject)
    })
    recordSeen([`eventStream ${response.statusCode}`])
    const received = { text: '' }
    response.on('data', (chunk: Buffer) => (received.text += chunk.toString()))
    response.on('error', () => undefined)
    endings.push(() => response.destroy())
    const ended = new Promise<void>((resolve) => response.on('close', () => resolve()))
    const ids = () =>
      [...received.text.matchAll(/^id: (\d+)\ndata: (.*)\n\n/gm)].map(([, id, data]) => [
        Number(id),
        (JSON.parse(data as string) as EventBody).event._id,
      ])
    return { response, received, ended, ids }
  }

  it('sends events with their numbers, and signs of life between them', async () => {
    const at = await server.instance()
    const { response, received, ids } = await source(at)
    expect(response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-cache' })
    const added = await add(at, 'POOL_INSERT', 'SEARCH', 'POOL_UPDATE')
    await until(() => ids().length === 2)
    expect(ids()).toEqual([added[0], added[2]].map((id) => [id, id]))
    await until(() => received.text.includes(': alive\n\n'))
  })

  it('goes on after the last event that arrived', async () => {
    const at = await server.instance()
    const first = await source(at)
    const [one] = await add(at, 'POOL_INSERT')
    await until(() => first.ids().length === 1)
    first.response.destroy()
    const missed = await add(at, ...Array.from({ length: 1500 }, () => 'POOL_UPDATE'))
    const second = await source(at, { 'last-event-id': String(one) })
    await until(() => second.ids().length === 1500)
    const [live] = await add(at, 'POOL_DELETE')
    await until(() => second.ids().length === 1501)
    expect(second.ids().map(([id]) => id)).toEqual([...missed, live])
    const tenant = await server.tenants.find(at.domain)
    await until(() => tenant?.eventStreams.open === 1)
  })

  it('is refused like everything else', async () => {
    const at = await server.instance()
    expect(await at.api('GET', PATH)).toMatchObject({ status: 400, body: { code: 'ServerGeneric' } })
    expect(await at.api('GET', PATH, undefined, { headers: { accept: 'text/event-stream', 'last-event-id': 'x' } })).toMatchObject({
      status: 400,
      body: { parameters: { where: 'header' } },
    })
    expect(await at.api('GET', PATH, undefined, { token: null, headers: { accept: 'text/event-stream' } })).toMatchObject({ status: 401 })
  })

  it('ends when the token stops counting', async () => {
    const at = await server.instance()
    const token = await visitor(at)
    const { ended, received } = await source(at, { authorization: `Bearer ${token}` })
    await at.api('POST', '/api/oauth2/revoke', new URLSearchParams({ token, client_id: 'vitrine-cli' }))
    await ended
    expect(received.text).toMatch(/^retry: \d+\n\n/)
  })
})

describe('the server', () => {
  it('stops in order while connections are open', async () => {
    const at = await server.instance()
    const second = await secondServer()
    const one = await follow(at, { port: second.listener.port })
    second.lifecycle.enter('stopping')
    await second.listener.close(60_000)
    expect((await one.closed)[0]).toBe(1001)
  })

  it('cuts connections that do not end in time', async () => {
    const at = await server.instance()
    const second = await secondServer()
    const one = await follow(at, { port: second.listener.port })
    await second.listener.close(10)
    expect((await one.closed)[0]).toBe(1006)
  })

  it('serves requests that offer another protocol as if they had not', async () => {
    const at = await server.instance()
    const answer = await exchange(
      `GET /api/v1/user/session HTTP/1.1\r\nhost: ${at.domain}\r\nauthorization: Bearer ${at.token}\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('answers requests for a WebSocket where there is none, and broken ones', async () => {
    const at = await server.instance()
    const asking = `connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`
    const plain = await exchange(`GET /api/v1/pool HTTP/1.1\r\nhost: ${at.domain}\r\nauthorization: Bearer ${at.token}\r\n${asking}`)
    expect(plain).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(plain).toContain('"_basetype":"pool"')
    expect(
      await exchange(
        `GET ${PATH} HTTP/1.1\r\nhost: ${at.domain}\r\nauthorization: Bearer ${at.token}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
      ),
    ).toMatch(/^HTTP\/1\.1 400 /)
    const tenant = await server.tenants.find(at.domain)
    await until(() => tenant?.eventStreams.open === 0)
    expect(await exchange(`GET ${PATH} HTTP/1.1\r\nhost: not a host\r\n${asking}`)).toBe('')
  })
})

/** Sends bytes and answers what comes back within the first answer, or until the server hangs up. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(listener.port, '127.0.0.1', () => socket.write(bytes))
    endings.push(() => socket.destroy())
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString()
      const [head = '', body = ''] = received.split('\r\n\r\n')
      const length = /content-length: (\d+)/i.exec(head)?.[1]
      if (length !== undefined && Buffer.byteLength(body) >= Number(length)) socket.destroy()
    })
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
  })
}

/** The same database, its own memory and its own port. */
async function secondServer() {
  const { serverOn } = await import('../../wire.ts')
  const { AesSecretBox } = await import('@vitrine/drivers/secrets')
  const { Argon2Passwords } = await import('@vitrine/drivers/passwords')
  const { Passphrase } = await import('../../admin-middleware/passphrase.ts')
  const { createLogger } = await import('../../log.ts')
  const second = serverOn({
    database: server.database,
    passphrase: await Passphrase.fromText('unused here'),
    passwords: new Argon2Passwords({ memoryKib: 64, passes: 1, parallelism: 1 }),
    secretBox: new AesSecretBox('a key for tests that is long enough'),
    clock: () => new Date(),
    http: { fetch: () => Promise.reject(new Error('nothing is fetched here')), check: () => undefined, checkPlace: async () => undefined },
    mail: null,
    ...filePorts(),
    people: { guestLogin: false, externalUrl: null },
    defaultInstance: '',
    maxBodyBytes: 1024 * 1024,
    version: 'second',
    log: createLogger('silent'),
  })
  return { ...second, listener: await listen(second.app, LIMITS) }
}
