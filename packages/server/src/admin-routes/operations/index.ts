/** State of the server, and the document of this API. */
import { adminBytes, type AdminDocument } from '@vitrine/contract/admin'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import type { Lifecycle } from '../../lifecycle.ts'

export const operationHandlers = (lifecycle: Lifecycle, version: string) =>
  ({
    adminHealth: (_, reply) => reply.json(200, { status: 'ok' }),
    adminReady: async (_, reply) => {
      const status = await lifecycle.readiness()
      return status === 'ready' ? reply.json(200, { status }) : reply.json(503, { status })
    },
    adminSpec: (_, reply) => reply.raw(200, 'application/json', adminBytes),
    adminVersion: (_, reply) =>
      reply.json(200, { version, build_mode: 'production', build_time: '', runtime_version: `Node.js ${process.versions.node}` }),
  }) satisfies HandlersFor<AdminDocument, 'operations', ServerEnv>
