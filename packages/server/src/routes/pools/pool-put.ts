import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

/** The same as a POST; both verbs are in use. */
export const poolPut: Handler<InstanceDocument, 'poolPut', ServerEnv> = async ({ body, c }, reply) =>
  reply.json(200, await c.var.tenant.pools.save(signedIn(c), body))
