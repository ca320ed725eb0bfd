import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { demandSight } from './demand-sight.ts'

export const locationRead: Handler<InstanceDocument, 'locationRead', ServerEnv> = async ({ params, c }, reply) => {
  demandSight(c)
  return reply.json(200, await c.var.tenant.locations.read(params.id))
}
