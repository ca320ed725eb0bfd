import type { AdminDocument } from '@vitrine/contract/admin'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

/** The process answers: that is all this says. */
export const adminHealth: Handler<AdminDocument, 'adminHealth', ServerEnv> = (_, reply) => reply.json(200, { status: 'ok' })
