import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const maskList: Handler<InstanceDocument, 'maskList', ServerEnv> = async ({ params, query, c }, reply) =>
  reply.json(200, await c.var.tenant.datamodels.masks(params.version, query.format === 'long'))
