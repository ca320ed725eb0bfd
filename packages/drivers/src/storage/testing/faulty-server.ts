/**
 * A server on loopback that misbehaves as it is told, for tests of what is stored over HTTP. A test gives one function that
 * answers every request; `faults` are such functions, and `passTo` is one that asks a real server, so that a test breaks only the
 * request it is about:
 *
 *     const real = passTo(service.url)
 *     const server = await faultyServer((request, response) => (request.method === 'PUT' ? faults.cut() : real)(request, response))
 */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

export interface SeenRequest {
  readonly method: string
  /** With the query, as it came. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

export interface FaultyServer {
  /** `127.0.0.1:port`. */
  readonly host: string
  /** `http://127.0.0.1:port`. */
  readonly url: string
  readonly seen: SeenRequest[]
  /** Connections that are open now. */
  readonly connections: number
  /** What is answered from now on. */
  answer: Answer
  close(): Promise<void>
}

export async function faultyServer(answer: Answer): Promise<FaultyServer> {
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    faulty.seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers })
    // Whoever cuts connections gets errors about them, which are what was wanted.
    for (const stream of [request, response]) stream.on('error', () => undefined)
    void Promise.resolve(faulty.answer(request, response)).then(undefined, () => response.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const faulty = {
    host,
    url: `http://${host}`,
    seen: [] as SeenRequest[],
    answer,
    get connections() {
      return sockets.size
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return faulty
}

/** All of the body, and then this answer. Most clients report what they are told only after they have sent everything. */
export const after =
  (answer: Answer): Answer =>
  async (request, response) => {
    for await (const _ of request) continue
    return answer(request, response)
  }

/** The first of these for the first request, and so on; the last one for all that follow. */
export function inTurn(...answers: readonly [Answer, ...Answer[]]): Answer {
  let turn = 0
  return (request, response) => (answers[Math.min(turn++, answers.length - 1)] as Answer)(request, response)
}

type Headers = Readonly<Record<string, string | number>>

export const faults = {
  /** A whole answer, right or wrong. */
  status:
    (status: number, body: string | Buffer = '', headers: Headers = {}): Answer =>
    (_, response) =>
      response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body),
  /** Takes what comes and never answers. */
  silence: (): Answer => (request) => request.resume(),
  /** Does not even take what comes. */
  deafness: (): Answer => () => undefined,
  /** The connection ends before there is an answer. */
  cut: (): Answer => (request) => request.socket.destroy(),
  /** The connection ends when this much of the request's body has come. */
  cutAfter:
    (receivedBytes: number): Answer =>
    (request) => {
      let seen = 0
      request.on('data', (chunk: Buffer) => (seen += chunk.length) >= receivedBytes && request.socket.destroy())
    },
  /** Announces this many bytes, sends only these, and waits forever. */
  stall:
    (announced: number, body: string | Buffer, headers: Headers = {}): Answer =>
    (_, response) =>
      response.writeHead(200, { 'content-length': announced, ...headers }).write(body),
  /** Announces this many bytes, sends only these, and cuts the connection. */
  cutBody:
    (announced: number, body: string | Buffer, headers: Headers = {}): Answer =>
    (_, response) =>
      response.writeHead(200, { 'content-length': announced, ...headers }).write(body, () => response.socket?.destroy()),
  /** Sends other bytes than it should and ends as if all were well; `content-length` is right or there is none. */
  whole:
    (body: string | Buffer, headers: Headers = {}, status = 200): Answer =>
    (_, response) =>
      response.writeHead(status, { connection: 'close', ...headers }).end(body),
  /** Sends more bytes than it announces. */
  surplus:
    (announced: number, body: string | Buffer, headers: Headers = {}): Answer =>
    (_, response) =>
      response.writeHead(200, { 'content-length': announced, ...headers }).end(body),
  /** Bytes, one after the other, without an end, while the client reads them. */
  endless:
    (headers: Headers = {}): Answer =>
    (_, response) => {
      response.writeHead(200, headers)
      const more = () => {
        while (response.write(Buffer.alloc(65_536))) continue
      }
      response.on('drain', more)
      more()
    },
  redirect:
    (location: string, status = 302): Answer =>
    (_, response) =>
      response.writeHead(status, { location, 'content-length': 0 }).end(),
  /** Something that is not HTTP at all. */
  garbage: (): Answer => (request) => request.socket.end('\0\u0001 what is this\r\n\r\n'),
} as const

/** Asks a real server the same, with the headers as they are, signatures and all. */
export function passTo(origin: string): Answer {
  const { hostname, port } = new URL(origin)
  return (request, response) => {
    const onward = ask({ hostname, port, method: request.method, path: request.url, headers: request.headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  }
}
