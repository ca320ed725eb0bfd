import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const locationSave: Handler<InstanceDocument, 'locationSave', ServerEnv> = async ({ params, body, c }, reply) =>
  reply.json(200, await c.var.tenant.locations.put(params.id, body))
