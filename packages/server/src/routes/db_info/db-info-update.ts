import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const dbInfoUpdate: Handler<InstanceDocument, 'dbInfoUpdate', ServerEnv> = async ({ body, c }, reply) =>
  reply.json(200, await c.var.tenant.dbInfo.update(signedIn(c), body))
