import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

/** The process answers: that is all this says. */
export const systemHealth: Handler<InstanceDocument, 'systemHealth', ServerEnv> = (_, reply) => reply.json(200, { status: 'ok' })
