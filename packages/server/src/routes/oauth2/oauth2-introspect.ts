import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { clientCredentials } from '../../oauth2/credentials.ts'
import { refusal } from './refusal.ts'

export const oauth2Introspect: Handler<InstanceDocument, 'oauth2Introspect', ServerEnv> = async ({ body, c }, reply) => {
  try {
    return reply.json(200, await c.var.tenant.oauth2.introspect(body.token, clientCredentials(c.req.header('authorization'), body)))
  } catch (error) {
    const refused = refusal(c, error)
    return reply.json(refused.status, refused.body)
  }
}
