import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import type { Lifecycle } from '../../lifecycle.ts'

export const systemReady =
  (lifecycle: Lifecycle): Handler<InstanceDocument, 'systemReady', ServerEnv> =>
  async (_, reply) => {
    const status = await lifecycle.readiness()
    return status === 'ready' ? reply.json(200, { status }) : reply.json(503, { status })
  }
