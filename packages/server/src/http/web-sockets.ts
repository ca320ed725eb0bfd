/**
 * WebSockets. A request that asks for one goes through the application like any other: the handler takes the connection over,
 * or whatever the application answers instead is sent as the answer, with its body. The adapter that serves the rest has
 * WebSockets too, but it would drop that body, and take requests for other protocols without ever answering them.
 */
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import { Readable, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import type { Context } from 'hono'
import { WebSocketServer, type WebSocket } from 'ws'
import type { ServerEnv } from '../env.ts'

type Upgrade = (run: (socket: WebSocket) => void) => void
interface Fetches {
  fetch(request: Request, ...rest: unknown[]): Response | Promise<Response>
}

/** Nothing that comes in is looked at, so nothing has to be large. */
const LONGEST_MESSAGE_BYTES = 64 * 1024

/** Requests for other protocols, such as HTTP/2, are served as if they had not asked. */
export const wantsWebSocket = (request: IncomingMessage): boolean =>
  request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket'

/** Takes the connection of a request over once it has been answered; undefined when it did not ask for a WebSocket. */
export const upgradeOf = (c: Context<ServerEnv>): Upgrade | undefined => (c.env as { upgrade?: Upgrade } | undefined)?.upgrade

/** Answers a function that cuts all of them. */
export function serveWebSockets(server: Server, app: Fetches): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LONGEST_MESSAGE_BYTES, perMessageDeflate: false })
  server.on('upgrade', (incoming, connection, head) => {
    // Whoever hangs up in the middle of it is told nothing; there is nobody to tell.
    connection.on('error', () => undefined)
    const taken: { by?: (socket: WebSocket) => void } = {}
    const upgrade: Upgrade = (run) => void (taken.by = run)
    const answered = async () => {
      const response = await app.fetch(requestOf(incoming), { incoming, upgrade })
      if (taken.by) sockets.handleUpgrade(incoming, connection, head, taken.by)
      else await send(response, connection)
    }
    answered().catch(() => connection.destroy())
  })
  return () => {
    for (const socket of sockets.clients) socket.terminate()
  }
}

function requestOf({ url = '/', headers, rawHeaders }: IncomingMessage): Request {
  const sent = new Headers()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) sent.append(rawHeaders[i] as string, rawHeaders[i + 1] as string)
  const address = url.startsWith('/') ? `http://${headers.host ?? 'localhost'}${url}` : url
  return new Request(address, { headers: sent })
}

async function send(response: Response, connection: Duplex): Promise<void> {
  const { status, headers, body } = response
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...[...headers].map(([name, value]) => `${name}: ${value}`), 'connection: close']
  connection.write(`${lines.join('\r\n')}\r\n\r\n`)
  if (body) await pipeline(Readable.fromWeb(body as NodeStream), connection)
  else connection.end()
}
