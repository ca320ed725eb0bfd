import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const rightPresetList: Handler<InstanceDocument, 'rightPresetList', ServerEnv> = async ({ params, c }, reply) =>
  reply.json(200, await c.var.tenant.rights.list(params.context))
