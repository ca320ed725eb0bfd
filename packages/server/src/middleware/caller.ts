/**
 * Who is asking. The token comes in one of three ways, and the first one present counts, valid or not: a request that names
 * a wrong token is never silently carried out under another one. Without a valid token the session is anonymous, and each
 * operation decides what that means.
 */
import type { Context, MiddlewareHandler } from 'hono'
import type { ServerEnv } from '../env.ts'
import { clientAddress } from '../http/client-address.ts'

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i

export const caller = (): MiddlewareHandler<ServerEnv> => async (c, next) => {
  const token = presentedToken(c)
  const known = token === null ? null : await c.var.tenant.sessions.resolve(token)
  c.set('caller', known && { ...known, remoteAddr: clientAddress(c) || undefined })
  await next()
}

/** The access token of a request as it was sent, or null. `Authorization` with another scheme is not ours to read. */
export function presentedToken(c: Context<ServerEnv>): string | null {
  for (const header of ['authorization', 'x-fylr-authorization']) {
    const sent = c.req.header(header)
    if (sent !== undefined && /^Bearer\b/i.test(sent)) return BEARER.exec(sent)?.[1] ?? ''
  }
  return c.req.query('access_token') ?? null
}
