/** One line per request. Only the path is logged: the query may carry an access token. */
import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from '../env.ts'

export const accessLog = (): MiddlewareHandler<ServerEnv> => async (c, next) => {
  const start = performance.now()
  await next()
  const fields = { method: c.req.method, path: c.req.path, status: c.res.status, ms: Math.round((performance.now() - start) * 10) / 10 }
  c.var.log[c.res.status >= 500 ? 'error' : 'debug'](fields, 'request')
}
