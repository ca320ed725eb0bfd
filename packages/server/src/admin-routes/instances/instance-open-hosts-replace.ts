import type { AdminDocument } from '@vitrine/contract/admin'
import type { Handler } from '@vitrine/contract/handlers'
import type { InstanceService } from '@vitrine/domain/instances/instances'
import type { ServerEnv } from '../../env.ts'
import { instanceResource } from './resource.ts'

export const instanceOpenHostsReplace =
  (instances: InstanceService): Handler<AdminDocument, 'instanceOpenHostsReplace', ServerEnv> =>
  async ({ params, body, c }, reply) => {
    const instance = await instances.replaceOpenHosts(params.domain, body.open_hosts)
    c.var.log.info({ domain: instance.domain, instance: instance.id, openHosts: instance.attributes.openHosts }, 'closed places opened')
    return reply.json(200, { data: instanceResource(instance) })
  }
