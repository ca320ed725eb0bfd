import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const collectionList: Handler<InstanceDocument, 'collectionList', ServerEnv> = async ({ query, c }, reply) =>
  reply.json(200, await c.var.tenant.collections.list(signedIn(c), query))
