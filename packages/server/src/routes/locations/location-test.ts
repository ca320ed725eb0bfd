import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const locationTest: Handler<InstanceDocument, 'locationTest', ServerEnv> = async ({ params, c }, reply) =>
  reply.json(200, await c.var.tenant.locations.test(params.id))
