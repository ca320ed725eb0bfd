import { adminBytes, type AdminDocument } from '@vitrine/contract/admin'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

/** The document itself, byte for byte as it was bundled. */
export const adminSpec: Handler<AdminDocument, 'adminSpec', ServerEnv> = (_, reply) => reply.raw(200, 'application/json', adminBytes)
