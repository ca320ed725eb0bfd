import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import { OAuthFailure } from '../../oauth2/failure.ts'

/** What a refused client is answered; other failures are passed on. */
export function refusal(c: Context<ServerEnv>, error: unknown): { status: 400 | 401; body: ReturnType<OAuthFailure['body']> } {
  if (!(error instanceof OAuthFailure)) throw error
  if (error.status === 401) c.res.headers.set('www-authenticate', 'Basic realm="oauth2"')
  return { status: error.status, body: error.body() }
}
