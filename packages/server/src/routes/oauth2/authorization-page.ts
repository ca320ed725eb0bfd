/** What the two operations of the sign-in form have in common: the page itself, and the ways a request can be refused. */
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import type { AuthorizationRequest } from '../../oauth2/authorization-request.ts'
import { RedirectedFailure } from '../../oauth2/authorization-request.ts'
import { OAuthFailure } from '../../oauth2/failure.ts'
import { loginPage, loginPagePolicy } from '../../oauth2/login-page.ts'

export function page(c: Context<ServerEnv>, request: AuthorizationRequest, message?: string): string {
  c.res.headers.set('content-security-policy', loginPagePolicy(request))
  return loginPage(request, message)
}

/** Where a refusal sends the browser, or what it is told on the spot. */
export function refused(error: unknown): { location: string; body?: never } | { location?: never; body: ReturnType<OAuthFailure['body']> } {
  if (error instanceof RedirectedFailure) return { location: error.location }
  if (error instanceof OAuthFailure) return { body: error.body() }
  throw error
}
