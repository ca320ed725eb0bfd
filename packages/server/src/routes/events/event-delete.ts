import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const eventDelete: Handler<InstanceDocument, 'eventDelete', ServerEnv> = async ({ params, c }, reply) => {
  await c.var.tenant.events.remove(params.eventId)
  return reply.json(200, { status: { acknowledged: 'ok' } })
}
