import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const webhookRead: Handler<InstanceDocument, 'webhookRead', ServerEnv> = async ({ params, c }, reply) =>
  reply.json(200, await c.var.tenant.webhooks.read(params.id))
