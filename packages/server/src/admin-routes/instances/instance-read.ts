import type { AdminDocument } from '@vitrine/contract/admin'
import type { Handler } from '@vitrine/contract/handlers'
import type { InstanceService } from '@vitrine/domain/instances/instances'
import type { ServerEnv } from '../../env.ts'
import { instanceResource } from './resource.ts'

export const instanceRead =
  (instances: InstanceService): Handler<AdminDocument, 'instanceRead', ServerEnv> =>
  async ({ params }, reply) =>
    reply.json(200, { data: instanceResource(await instances.show(params.domain)) })
