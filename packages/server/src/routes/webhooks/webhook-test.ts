import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const webhookTest: Handler<InstanceDocument, 'webhookTest', ServerEnv> = async ({ params, c }, reply) =>
  reply.json(200, await c.var.tenant.webhooks.test(params.id))
