/**
 * Clients of OAuth2 read failures in the words of RFC 6749. What the mount refuses before a handler runs, such as a grant
 * that does not exist, is said in those words here.
 */
import { isDomainError } from '@vitrine/domain/errors'
import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from '../env.ts'

const SPEAKS_OAUTH2 = new Set(['/api/oauth2/token', '/api/oauth2/revoke', '/api/oauth2/introspect', '/api/oauth2/auth'])

export const oauth2Errors = (): MiddlewareHandler<ServerEnv> => async (c, next) => {
  await next()
  const failure = c.error
  if (!isDomainError(failure) || failure.code !== 'ServerGeneric' || !SPEAKS_OAUTH2.has(c.req.path)) return
  const { where, pointer, msg } = failure.parameters as { where?: string; pointer?: string; msg: string }
  if (where === undefined) return
  const error = c.req.path.endsWith('/token') && pointer === '/grant_type' ? 'unsupported_grant_type' : 'invalid_request'
  c.res = new Response(JSON.stringify({ error, error_description: msg }), { status: 400, headers: { 'content-type': 'application/json' } })
}
