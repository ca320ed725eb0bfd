/** The client against real answers. The servers are on the loopback interface, each opened by its exact host and port. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createPlainServer, type AddressInfo, type Server as PlainServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { FetchFailure, type FetchAnswer, type FetchRequest } from '@vitrine/domain/ports/http-fetch'
import { afterEach, describe, expect, it } from 'vitest'
import { GuardedFetch } from './guarded-fetch.ts'

const running: (Server | PlainServer)[] = []
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of running.splice(0)) server.close()
})

async function listening(server: Server | PlainServer): Promise<string> {
  running.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
const web = (handle: RequestListener) => listening(createServer(handle))
/** Answers exactly these bytes, and keeps the connection open. */
const raw = (write: (socket: Socket) => void) => listening(createPlainServer((socket) => void socket.once('data', () => write(socket))))

const client = new GuardedFetch({ userAgent: 'vitrine-test' })
const get = (place: string, more: Partial<FetchRequest> = {}) => client.fetch({ url: `http://${place}/`, open: [place], ...more })
async function textOf({ body }: FetchAnswer): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
const troubleOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof FetchFailure ? error.trouble : String(error)),
  )

describe('an answer', () => {
  it('comes with status, headers and the bytes as they were sent', async () => {
    const place = await web((request, response) => response.writeHead(418, { 'x-seen': request.headers.host ?? '' }).end('short and stout'))
    const answer = await get(place)
    expect([answer.status, answer.headers['x-seen'], answer.url]).toEqual([418, place, `http://${place}/`])
    expect(await textOf(answer)).toBe('short and stout')
  })

  it('is asked for with the message of the caller, whose framing stays ours', async () => {
    let seen: IncomingMessage | undefined
    const place = await web((request, response) => {
      seen = request
      request.pipe(response)
    })
    const headers = { 'Content-Type': 'text/plain', Host: 'elsewhere.test', 'Transfer-Encoding': 'chunked', 'X-One': '1' }
    expect(await textOf(await get(place, { method: 'POST', headers, body: Buffer.from('hello') }))).toBe('hello')
    expect(seen?.headers).toMatchObject({
      host: place,
      'content-length': '5',
      'content-type': 'text/plain',
      'x-one': '1',
      'user-agent': 'vitrine-test',
      connection: 'close',
    })
    expect(seen?.headers['transfer-encoding']).toBeUndefined()
  })

  it('ends with a failure when it is larger than wanted, announced or not', async () => {
    const announced = await web((_, response) => response.writeHead(200, { 'content-length': '100' }).end('x'.repeat(100)))
    expect(await troubleOf(get(announced, { maxBytes: 99 }).then(textOf))).toBe('too-large')
    expect(await troubleOf(get(announced, { maxBytes: 100 }).then(textOf))).toBe('none')
    const endless = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const more = () => socket.writable && socket.write(`400\r\n${'x'.repeat(1024)}\r\n`, more)
      more()
    })
    expect(await troubleOf(get(endless, { maxBytes: 50_000 }).then(textOf))).toBe('too-large')
  })

  it('ends with a failure when its headers are too large, when it is no HTTP, and when it breaks off', async () => {
    const wordy = await raw((socket) => socket.write(`HTTP/1.1 200 OK\r\n${`x-long: ${'y'.repeat(1000)}\r\n`.repeat(40)}\r\n`))
    expect(await troubleOf(get(wordy))).toBe('too-large')
    const odd = await raw((socket) => socket.write('+OK redis\r\n'))
    expect(await troubleOf(get(odd))).toBe('network')
    const broken = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'))
    expect(await troubleOf(get(broken).then(textOf))).toBe('network')
  })

  it('may name things in UTF-8, or in what is none', async () => {
    const utf8 = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\nx-name: Bücher\r\nContent-Length: 0\r\n\r\n'))
    expect((await get(utf8)).headers['x-name']).toBe('Bücher')
    const latin = await raw((socket) => socket.end(Buffer.from('HTTP/1.1 200 OK\r\nx-name: Bücher\r\nContent-Length: 0\r\n\r\n', 'latin1')))
    expect((await get(latin)).headers['x-name']).toBe('Bücher')
  })

  it('is given up after the whole time, whether it never begins or never ends', async () => {
    const silent = await raw(() => undefined)
    expect(await troubleOf(get(silent, { timeoutMs: 60 }))).toBe('timeout')
    const slow = await raw((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nh'))
    const answer = await get(slow, { timeoutMs: 250 })
    expect(await troubleOf(textOf(answer))).toBe('timeout')
  })

  it('is given up when nothing more of it comes, long before the whole time is over', async () => {
    const silent = await raw(() => undefined)
    expect(await troubleOf(get(silent, { idleTimeoutMs: 60 }))).toBe('timeout')
    const stuck = await raw((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nh'))
    expect(await troubleOf(get(stuck, { idleTimeoutMs: 60 }).then(textOf))).toBe('timeout')
    const chatty = await raw((socket) => {
      const more = () => socket.writable && socket.write('HTTP/1.1 103 Early Hints\r\n\r\n', () => setTimeout(more, 5))
      more()
    })
    expect(await troubleOf(get(chatty, { idleTimeoutMs: 60 }))).toBe('timeout')
  })

  it('is given up when it drips', async () => {
    const dripping = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
      const more = () => socket.writable && socket.write('x', () => setTimeout(more, 5))
      more()
    })
    expect(await troubleOf(get(dripping, { idleTimeoutMs: 100, leastBytesPerSecond: 1000 }).then(textOf))).toBe('timeout')
  })

  it('may be read as slowly as its reader likes', async () => {
    const place = await web((_, response) => response.end('x'.repeat(400_000)))
    const answer = await get(place, { idleTimeoutMs: 100, leastBytesPerSecond: 1000 })
    let pieces = 0
    for await (const _ of answer.body) if (pieces++ < 2) await pause(150)
    expect(pieces).toBeGreaterThan(2)
  })

  it('that changes to another protocol is none', async () => {
    const place = await raw((socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'))
    expect(await troubleOf(get(place))).toBe('network')
  })

  it('is given up when the connection takes too long, or the name does', async () => {
    const stuck = new GuardedFetch({
      resolve: async () => ['1.1.1.1'],
      dial: (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    })
    expect(await troubleOf(stuck.fetch({ url: 'http://slow.test/', connectTimeoutMs: 30 }))).toBe('timeout')
    const nameless = new GuardedFetch({ resolve: () => new Promise(() => undefined) })
    expect(await troubleOf(nameless.fetch({ url: 'http://slow.test/', timeoutMs: 30 }))).toBe('timeout')
  })

  it('is given up when the caller says so, and its connection closes when it is not wanted', async () => {
    const closed = Promise.withResolvers<void>()
    const place = await raw((socket) => {
      socket.on('close', () => closed.resolve())
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nh')
    })
    const answer = await get(place)
    answer.discard()
    await closed.promise
    const stop = new AbortController()
    const silent = await raw(() => stop.abort())
    expect(await troubleOf(get(silent, { signal: stop.signal }))).toBe('aborted')
    expect(await troubleOf(get(silent, { signal: AbortSignal.abort() }))).toBe('aborted')
  })

  it('never comes through a proxy of the environment', async () => {
    const asked: string[] = []
    const proxy = await web((request, response) => (asked.push(request.url ?? ''), response.end('from the proxy')))
    process.env['http_proxy'] = process.env['HTTP_PROXY'] = `http://${proxy}`
    process.env['NODE_USE_ENV_PROXY'] = '1'
    try {
      const place = await web((_, response) => response.end('from the place'))
      expect(await textOf(await get(place))).toBe('from the place')
      expect(asked).toEqual([])
    } finally {
      for (const name of ['http_proxy', 'HTTP_PROXY', 'NODE_USE_ENV_PROXY']) delete process.env[name]
    }
  })

  it('is not taken from a certificate for somebody else, or from none', async () => {
    const place = await web((_, response) => response.end('plain'))
    expect(await troubleOf(client.fetch({ url: `https://${place}/`, open: [place] }))).toBe('network')
  })
})

describe('a redirect', () => {
  const leadingTo = (location: string, status = 302) => web((_, response) => response.writeHead(status, { location }).end())

  it.each([
    'http://10.0.0.1/',
    'http://169.254.169.254/latest',
    '//127.0.0.1:1/',
    'http://[::1]/',
    'file:///etc/passwd',
    'http://user@example.com/',
    'gopher://127.0.0.1/',
    'http://0x7f.1/',
    'http:\\\\127.0.0.1/',
    'http://[::1',
  ])('to %s is refused', async (location) => {
    expect(await troubleOf(get(await leadingTo(location)))).toBe('refused')
  })

  it('is followed to places that may be fetched from, as often as wanted', async () => {
    const place = await web((request, response) => {
      const at = Number(request.url?.slice(1) ?? 0)
      if (at < 5) response.writeHead(307, { location: `/${at + 1}` }).end()
      else response.end(`at ${at}`)
    })
    const answer = await get(place)
    expect([answer.url, await textOf(answer)]).toEqual([`http://${place}/5`, 'at 5'])
    expect(await troubleOf(get(place, { maxRedirects: 4 }))).toBe('too-many-redirects')
    expect((await get(place, { maxRedirects: 0 })).status).toBe(307)
  })

  it('is checked at every step, not only at the first', async () => {
    const last = await leadingTo('http://192.168.0.1/')
    const middle = await leadingTo(`http://${last}/`)
    const first = await leadingTo(`http://${middle}/`)
    expect(await troubleOf(get(first, { open: [first, middle, last] }))).toBe('refused')
    expect(await troubleOf(get(first, { open: [first] }))).toBe('refused')
  })

  it('takes neither secrets nor the message to somebody else', async () => {
    let seen: IncomingMessage['headers'] = {}
    const other = await web((request, response) => {
      seen = request.headers
      response.end('here')
    })
    const place = await leadingTo(`http://${other}/`)
    await get(place, { open: [place, other], headers: { authorization: 'Bearer x', cookie: 'a=b', 'x-signature': 'y', accept: 'image/*' } })
    expect(seen).toMatchObject({ host: other, accept: 'image/*' })
    for (const name of ['authorization', 'cookie', 'x-signature']) expect(seen).not.toHaveProperty(name)
    const posting = await leadingTo(`http://${other}/`, 308)
    expect(await troubleOf(get(posting, { open: [posting, other], method: 'POST', body: Buffer.from('x') }))).toBe('refused')
  })

  it('turns a message into a question where HTTP says so', async () => {
    const place = await web((request, response) => {
      if (request.method === 'POST') response.writeHead(303, { location: '/done' }).end()
      else response.end(`${request.method} ${request.headers['content-type'] ?? 'without a body'}`)
    })
    expect(await textOf(await get(place, { method: 'POST', body: Buffer.from('x'), headers: { 'content-type': 'text/plain' } }))).toBe(
      'GET without a body',
    )
  })
})
