import type { AdminDocument } from '@vitrine/contract/admin'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

/** The server runs from its sources, so there is no moment at which it was built. */
export const adminVersion =
  (version: string): Handler<AdminDocument, 'adminVersion', ServerEnv> =>
  (_, reply) =>
    reply.json(200, { version, build_mode: 'production', build_time: '', runtime_version: `Node.js ${process.versions.node}` })
