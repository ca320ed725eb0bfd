/** The network address a request came from, or an empty text where there is no connection. Headers can be made up by anybody. */
import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { ServerEnv } from '../env.ts'

export function clientAddress(c: Context<ServerEnv>): string {
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage }
  return incoming?.socket.remoteAddress ?? ''
}
