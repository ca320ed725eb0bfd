import type { AdminDocument } from '@vitrine/contract/admin'
import type { Handler } from '@vitrine/contract/handlers'
import type { InstanceService } from '@vitrine/domain/instances/instances'
import type { ServerEnv } from '../../env.ts'

export const instanceDestroy =
  (instances: InstanceService): Handler<AdminDocument, 'instanceDestroy', ServerEnv> =>
  async ({ params, c }, reply) => {
    await instances.destroy(params.domain)
    c.var.log.info({ domain: params.domain }, 'instance destroyed')
    return reply.empty(204)
  }
