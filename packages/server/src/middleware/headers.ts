/**
 * Headers every answer has. Nothing is cached unless the caller asks for it with `cache_seconds`; nothing is sniffed, framed
 * or referred. Routes that set their own Cache-Control keep it.
 */
import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from '../env.ts'

export const standardHeaders =
  (lifecycle: () => string): MiddlewareHandler<ServerEnv> =>
  async (c, next) => {
    await next()
    const headers = c.res.headers
    if (!headers.has('cache-control')) headers.set('cache-control', cachePolicy(c.req.method, c.res.ok, c.req.query('cache_seconds')))
    headers.set('x-content-type-options', 'nosniff')
    headers.set('referrer-policy', 'no-referrer')
    if (!headers.has('x-frame-options')) headers.set('x-frame-options', 'DENY')
    headers.set('x-fylr-status', lifecycle())
  }

function cachePolicy(method: string, ok: boolean, seconds: string | undefined): string {
  return ok && (method === 'GET' || method === 'HEAD') && seconds !== undefined && /^[1-9]\d*$/.test(seconds)
    ? `max-age=${seconds}, public`
    : 'no-store, no-cache'
}
