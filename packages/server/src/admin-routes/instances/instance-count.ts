import type { AdminDocument } from '@vitrine/contract/admin'
import type { Handler } from '@vitrine/contract/handlers'
import type { InstanceService } from '@vitrine/domain/instances/instances'
import type { ServerEnv } from '../../env.ts'

export const instanceCount =
  (instances: InstanceService): Handler<AdminDocument, 'instanceCount', ServerEnv> =>
  async (_, reply) =>
    reply.json(200, { count: await instances.count() })
