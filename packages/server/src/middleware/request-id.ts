/** Every request has an id: the caller's, when it is a sensible one, else ours. It is in the answer and in every log line. */
import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from '../env.ts'
import type { Logger } from '../log.ts'

const SENSIBLE = /^[A-Za-z0-9._-]{1,64}$/

export const requestId =
  (log: Logger): MiddlewareHandler<ServerEnv> =>
  async (c, next) => {
    const sent = c.req.header('x-request-id')
    const id = sent && SENSIBLE.test(sent) ? sent : randomUUID()
    c.set('requestId', id)
    c.set('log', log.child({ requestId: id }))
    await next()
    // Not through the context, which would make another answer of it, with a body that has to be copied.
    c.res.headers.set('x-request-id', id)
  }
