import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { clientAddress } from '../../http/client-address.ts'
import { clientCredentials } from '../../oauth2/credentials.ts'
import { refusal } from './refusal.ts'

export const oauth2Revoke: Handler<InstanceDocument, 'oauth2Revoke', ServerEnv> = async ({ body, c }, reply) => {
  try {
    await c.var.tenant.oauth2.revoke(body.token, clientCredentials(c.req.header('authorization'), body), clientAddress(c))
    return reply.empty(200)
  } catch (error) {
    const refused = refusal(c, error)
    return reply.json(refused.status, refused.body)
  }
}
