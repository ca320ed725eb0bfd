import type { AdminDocument } from '@vitrine/contract/admin'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import type { Lifecycle } from '../../lifecycle.ts'

export const adminReady =
  (lifecycle: Lifecycle): Handler<AdminDocument, 'adminReady', ServerEnv> =>
  async (_, reply) => {
    const status = await lifecycle.readiness()
    return status === 'ready' ? reply.json(200, { status }) : reply.json(503, { status })
  }
