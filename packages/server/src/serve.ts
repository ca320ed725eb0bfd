/**
 * Opens the two ports and closes them in order: no new connections, running requests finish (up to a limit), then whatever
 * they used is closed. Nothing here knows what the applications do.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve as serveHono } from '@hono/node-server'
import { watchArrival } from './http/arrival.ts'
import { sendStreams } from './http/send-streams.ts'
import { answerClientErrors, timeouts } from './http/client-errors.ts'
import { serveWebSockets, wantsWebSocket } from './http/web-sockets.ts'

export interface Listener {
  readonly host: string
  readonly port: number
  /** Stops taking connections and waits for running requests; after `graceMs` the remaining ones are cut. */
  close(graceMs: number): Promise<void>
}

interface Fetches {
  fetch(request: Request, ...rest: unknown[]): Response | Promise<Response>
}

export async function listen(app: Fetches, at: { host: string; port: number; requestTimeoutMs: number }): Promise<Listener> {
  const server = await new Promise<Server>((resolve, reject) => {
    const serverOptions = { ...timeouts(at), shouldUpgradeCallback: wantsWebSocket }
    const fetch = sendStreams((request, ...rest) => app.fetch(request, ...rest))
    const created = serveHono({ fetch, hostname: at.host, port: at.port, serverOptions }) as Server
    created.once('listening', () => resolve(created))
    // Stays for good: later failures, such as no file handle for one more connection, cost that connection and nothing else.
    created.on('error', (error: NodeJS.ErrnoException) => (created.listening ? process.emitWarning(error) : reject(explained(error, at))))
  })
  answerClientErrors(server, at)
  watchArrival(server, at)
  const cutWebSockets = serveWebSockets(server, app)
  return { host: at.host, port: (server.address() as AddressInfo).port, close: (graceMs) => close(server, cutWebSockets, graceMs) }
}

async function close(server: Server, cutWebSockets: () => void, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())))
  // Connections that are kept alive without a request would hold the server open for nothing.
  server.closeIdleConnections()
  const idle = setInterval(() => server.closeIdleConnections(), 100)
  const cut = setTimeout(() => {
    server.closeAllConnections()
    cutWebSockets()
  }, graceMs)
  try {
    await closed
  } finally {
    clearInterval(idle)
    clearTimeout(cut)
  }
}

function explained(error: NodeJS.ErrnoException, at: { host: string; port: number }): Error {
  if (error.code === 'EADDRINUSE')
    return new Error(`port ${at.port} on ${at.host} is taken; choose another with VITRINE_PORT or VITRINE_ADMIN_PORT`, { cause: error })
  if (error.code === 'EACCES') return new Error(`port ${at.port} on ${at.host} may not be opened by this user`, { cause: error })
  return error
}
