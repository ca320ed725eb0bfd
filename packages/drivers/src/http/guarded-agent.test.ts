/** Agents as libraries use them: handed to `request`. Only loopback is ever dialled; everything else is recorded. */
import { createServer, request as plainRequest, type IncomingMessage, type RequestOptions, type Server } from 'node:http'
import { createServer as createSecureServer, request as secureRequest } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { FetchFailure } from '@vitrine/domain/ports/http-fetch'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CERTIFICATE, KEY } from './certificate.harness.ts'
import { dial, type Dial, type Dialled } from './dial.ts'
import { guardedAgents, type GuardedAgentOptions, type GuardedAgents } from './guarded-agent.ts'

const running: Server[] = []
const opened: GuardedAgents[] = []
const trusted = getCACertificates()
beforeAll(() => setDefaultCACertificates([...trusted, CERTIFICATE]))
afterAll(() => setDefaultCACertificates(trusted))
afterEach(() => {
  for (const agents of opened.splice(0)) agents.destroy()
  for (const server of running.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function listening(server: Server): Promise<number> {
  running.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const echo = (request: IncomingMessage, response: { end: (text: string) => void }) => response.end(`${request.method} ${request.headers.host}`)

function agentsOf(options: GuardedAgentOptions = {}): GuardedAgents {
  const agents = guardedAgents(options)
  opened.push(agents)
  return agents
}

const sent = (send: typeof plainRequest, options: RequestOptions) =>
  new Promise<string>((resolve, reject) => {
    send(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
    })
      .on('error', reject)
      .end()
  })
const troubleOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof FetchFailure ? [error.trouble, error.code] : ((error as NodeJS.ErrnoException).code ?? String(error))),
  )
const REFUSED = ['refused', 'FETCH_REFUSED']

/** Knows what was looked up and dialled, and dials nothing. */
function recording(answers: Readonly<Record<string, readonly string[]>> = {}, options: GuardedAgentOptions = {}) {
  const resolved: string[] = []
  const dialled: Dialled[] = []
  const agents = agentsOf({
    resolve: async (host) => {
      resolved.push(host)
      return answers[host] ?? ['93.184.215.14']
    },
    dial: async (to) => {
      dialled.push(to)
      throw Object.assign(new Error('only recorded'), { code: 'RECORDED' })
    },
    ...options,
  })
  return { agents, resolved, dialled }
}

describe('a library with a guarded agent', () => {
  it('gets its answers, and its connections are kept for the next request', async () => {
    let connections = 0
    const server = createServer(echo).on('connection', () => void connections++)
    const port = await listening(server)
    let looked = 0
    const agents = agentsOf({ open: [`store.test:${port}`], resolve: async () => (looked++, ['127.0.0.1']) })
    for (let n = 0; n < 3; n++)
      expect(await sent(plainRequest, { agent: agents.plain, host: 'store.test', port: String(port), method: 'PUT' })).toBe(`PUT store.test:${port}`)
    expect([connections, looked]).toEqual([1, 1])
  })

  it('gets them through TLS, with the certificate held against the name', async () => {
    const port = await listening(createSecureServer({ key: KEY, cert: CERTIFICATE }, echo))
    const open = [`store.test:${port}`, `other.test:${port}`, `127.0.0.1:${port}`]
    const { secure } = agentsOf({ open, resolve: async () => ['127.0.0.1'] })
    expect(await sent(secureRequest, { agent: secure, host: 'store.test', port })).toBe(`GET store.test:${port}`)
    expect(await sent(secureRequest, { agent: secure, host: '127.0.0.1', port })).toBe(`GET 127.0.0.1:${port}`)
    expect(await troubleOf(sent(secureRequest, { agent: secure, host: 'other.test', port }))).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    // Not even when the request would have another name looked at.
    const lying = { agent: secure, host: 'other.test', port, servername: 'store.test', headers: { host: 'store.test' } }
    expect(await troubleOf(sent(secureRequest, lying))).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  })

  it('has no more connections to a place than it may, however many requests it sends at once', async () => {
    let open = 0
    let most = 0
    const server = createServer((_, response) => setImmediate(() => response.end('x'))).on('connection', (socket: Socket) => {
      most = Math.max(most, ++open)
      socket.on('close', () => open--)
    })
    const port = await listening(server)
    const { plain } = agentsOf({ open: [`127.0.0.1:${port}`], maxSockets: 3 })
    const answers = await Promise.all(Array.from({ length: 30 }, () => sent(plainRequest, { agent: plain, host: '127.0.0.1', port })))
    expect([answers.length, most]).toEqual([30, 3])
  })

  it('hears from the network what it would hear without', async () => {
    const { agents, dialled } = recording({}, {})
    expect(await troubleOf(sent(secureRequest, { agent: agents.secure, host: 'Store.Example.com', port: 443 }))).toBe('RECORDED')
    expect(await troubleOf(sent(plainRequest, { agent: agents.plain, host: 'store.example.com', port: 9000 }))).toBe('RECORDED')
    expect(dialled).toEqual([
      { address: '93.184.215.14', port: 443, secureFor: 'store.example.com' },
      { address: '93.184.215.14', port: 9000, secureFor: null },
    ])
    const port = await listening(createServer(echo))
    const { plain } = agentsOf({ open: [`127.0.0.1:${port}`] })
    running.splice(0)[0]?.close()
    expect(await troubleOf(sent(plainRequest, { agent: plain, host: '127.0.0.1', port }))).toBe('ECONNREFUSED')
  })

  it('is told when no connection comes about in time, whether it waits for the name or for the network', async () => {
    const never = () => new Promise<never>(() => undefined)
    const late: Dial = (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    for (const options of [{ resolve: never }, { resolve: async () => ['1.1.1.1'], dial: late }]) {
      const { plain } = agentsOf({ ...options, connectTimeoutMs: 40 })
      expect(await troubleOf(sent(plainRequest, { agent: plain, host: 'slow.test', port: 80 }))).toEqual(['timeout', 'FETCH_TIMEOUT'])
    }
  })

  it('that gives a request up while its connection is made gets its failure, and the connection serves the next one', async () => {
    let connections = 0
    const port = await listening(createServer(echo).on('connection', () => void connections++))
    const resolving = Promise.withResolvers<string[]>()
    const { plain } = agentsOf({ open: [`store.test:${port}`], resolve: () => resolving.promise })
    const stop = new AbortController()
    const given = troubleOf(sent(plainRequest, { agent: plain, host: 'store.test', port, signal: stop.signal }))
    stop.abort()
    resolving.resolve(['127.0.0.1'])
    expect(await given).toBe('ABORT_ERR')
    expect(await sent(plainRequest, { agent: plain, host: 'store.test', port })).toBe(`GET store.test:${port}`)
    expect(connections).toBe(1)
  })
})

describe('what a library may not reach', () => {
  const INSIDE = {
    'inside.test': ['10.0.0.5'],
    'mixed.test': ['93.184.215.14', '192.168.0.1'],
    'mapped.test': ['::ffff:127.0.0.1'],
    localhost: ['127.0.0.1', '::1'],
  }

  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '0x7f.1',
    '127.1',
    '2130706433',
    '0177.0.0.1',
    '0',
    '::1',
    '[::1]',
    '::',
    '::ffff:10.0.0.1',
    '[::ffff:7f00:1]',
    'fe80::1%eth0',
    '64:ff9b::a00:1',
    '１２７.0.0.1',
    '127。0。0。1',
    'user@store.test',
    'store.test/..',
    'store.test\\@127.0.0.1',
    'store.test#',
    'a b',
    'a..b',
    '/run/x.sock',
    ' ',
  ])('is refused before anything is looked up: %j', async (host) => {
    const { agents, resolved, dialled } = recording()
    expect(await troubleOf(sent(plainRequest, { agent: agents.plain, host, port: 80, setHost: false }))).toEqual(REFUSED)
    expect(await troubleOf(sent(secureRequest, { agent: agents.secure, host, port: 443, setHost: false }))).toEqual(REFUSED)
    expect([resolved, dialled]).toEqual([[], []])
  })

  it.each(['inside.test', 'INSIDE.test', 'inside.test.', 'mixed.test', 'mapped.test', 'localhost'])(
    'is refused once its name is known: %s',
    async (host) => {
      const { agents, dialled } = recording(INSIDE)
      expect(await troubleOf(sent(plainRequest, { agent: agents.plain, host, port: 80 }))).toEqual(REFUSED)
      expect(dialled).toEqual([])
    },
  )

  it('is not reached by a socket, by a look-up of its own, or by a name that changes', async () => {
    const { agents, dialled } = recording()
    expect(await troubleOf(sent(plainRequest, { agent: agents.plain, socketPath: '/run/x.sock' }))).toEqual(REFUSED)
    const lookup = (_: string, __: object, done: (error: null, address: string, family: number) => void) => done(null, '127.0.0.1', 4)
    expect(await troubleOf(sent(plainRequest, { agent: agents.plain, host: 'store.test', port: 80, lookup }))).toBe('RECORDED')
    expect(dialled.map(({ address }) => address)).toEqual(['93.184.215.14'])
    let asked = 0
    const rebinding = recording({}, { resolve: async () => (asked++ === 0 ? ['93.184.215.14'] : ['127.0.0.1']) })
    expect(await troubleOf(sent(plainRequest, { agent: rebinding.agents.plain, host: 'store.test', port: 80 }))).toBe('RECORDED')
    expect(await troubleOf(sent(plainRequest, { agent: rebinding.agents.plain, host: 'store.test', port: 80 }))).toEqual(REFUSED)
    expect(rebinding.dialled).toHaveLength(1)
  })

  it('is an own service, also where its place is opened', async () => {
    const { agents, dialled } = recording(INSIDE, { blockedHosts: [], ownServices: [{ host: '::', port: 6060 }], open: ['127.0.0.1:6060'] })
    for (const host of ['127.0.0.1', 'localhost', '::1', '0.0.0.0'])
      expect([host, await troubleOf(sent(plainRequest, { agent: agents.plain, host, port: 6060 }))]).toEqual([host, REFUSED])
    expect(dialled).toEqual([])
  })

  it('is everything but that host and that port where one is opened', async () => {
    const port = await listening(createServer(echo))
    const { plain } = agentsOf({ open: [`127.0.0.1:${port}`], dial })
    expect(await sent(plainRequest, { agent: plain, host: '127.0.0.1', port })).toBe(`GET 127.0.0.1:${port}`)
    for (const at of [
      { host: '127.0.0.1', port: 1 },
      { host: '127.0.0.2', port },
      { host: '::ffff:127.0.0.1', port },
    ])
      expect(await troubleOf(sent(plainRequest, { agent: plain, ...at }))).toEqual(REFUSED)
  })
})
