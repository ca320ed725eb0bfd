import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const oauth2Discovery: Handler<InstanceDocument, 'oauth2Discovery', ServerEnv> = ({ c }, reply) =>
  reply.json(200, c.var.tenant.oauth2.discovery(new URL(c.req.url).origin))
