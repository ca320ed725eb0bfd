import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const locationMoveStop: Handler<InstanceDocument, 'locationMoveStop', ServerEnv> = async ({ params, c }, reply) =>
  reply.json(200, await c.var.tenant.locationTasks.stopMove(params.id))
