import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const maskRead: Handler<InstanceDocument, 'maskRead', ServerEnv> = async ({ params, query, c }, reply) =>
  reply.json(200, await c.var.tenant.datamodels.mask(params.version, params.mask, query.format === 'long'))
