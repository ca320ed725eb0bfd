import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { clientCredentials } from '../../oauth2/credentials.ts'
import { refusal } from './refusal.ts'
import { requestOrigin } from './request-origin.ts'

export const oauth2Token: Handler<InstanceDocument, 'oauth2Token', ServerEnv> = async ({ body, c }, reply) => {
  try {
    const credentials = clientCredentials(c.req.header('authorization'), body)
    return reply.json(200, await c.var.tenant.oauth2.token(body, credentials, requestOrigin(c)))
  } catch (error) {
    const refused = refusal(c, error)
    return reply.json(refused.status, refused.body)
  }
}
