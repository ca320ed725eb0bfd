import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const webhookDeliveryList: Handler<InstanceDocument, 'webhookDeliveryList', ServerEnv> = async ({ params, query, c }, reply) => {
  const { state = null, limit, offset } = query
  return reply.json(200, await c.var.tenant.webhooks.deliveries(params.id, { state, limit, offset }))
}
