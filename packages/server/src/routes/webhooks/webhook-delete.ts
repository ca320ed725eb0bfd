import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const webhookDelete: Handler<InstanceDocument, 'webhookDelete', ServerEnv> = async ({ params, c }, reply) => {
  await c.var.tenant.webhooks.remove(params.id)
  return reply.json(200, { status: { acknowledged: 'ok' } })
}
