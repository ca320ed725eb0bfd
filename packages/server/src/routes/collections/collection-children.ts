import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const collectionChildren: Handler<InstanceDocument, 'collectionChildren', ServerEnv> = async ({ params, query, c }, reply) => {
  const parentId = params.parentId === 'null' ? null : Number(params.parentId)
  return reply.json(200, await c.var.tenant.collections.children(signedIn(c), parentId, query))
}
