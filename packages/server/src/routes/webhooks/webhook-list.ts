import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const webhookList: Handler<InstanceDocument, 'webhookList', ServerEnv> = async ({ c }, reply) =>
  reply.json(200, await c.var.tenant.webhooks.list())
