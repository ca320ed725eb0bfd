import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const locationDelete: Handler<InstanceDocument, 'locationDelete', ServerEnv> = async ({ params, c }, reply) => {
  await c.var.tenant.locations.remove(params.id)
  return reply.json(200, { status: { acknowledged: 'ok' } })
}
