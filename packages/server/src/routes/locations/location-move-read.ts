import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const locationMoveRead: Handler<InstanceDocument, 'locationMoveRead', ServerEnv> = async ({ params, c }, reply) =>
  reply.json(200, await c.var.tenant.locationTasks.readMove(params.id))
