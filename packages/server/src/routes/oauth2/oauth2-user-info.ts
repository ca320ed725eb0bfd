import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { Claims } from '../../oauth2/claims.ts'
import { fail } from '@vitrine/domain/errors'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'

export const oauth2UserInfo: Handler<InstanceDocument, 'oauth2UserInfo', ServerEnv> = async ({ c }, reply) => reply.json(200, await claims(c))

/** The same for clients that can only send forms. */
export const oauth2UserInfoPost: Handler<InstanceDocument, 'oauth2UserInfoPost', ServerEnv> = async ({ c }, reply) => reply.json(200, await claims(c))

async function claims(c: Context<ServerEnv>): Promise<Claims> {
  const caller = c.var.caller ?? fail('InvalidToken', {})
  return (await c.var.tenant.oauth2.userinfo(caller.userId)) ?? fail('InvalidToken', {})
}
