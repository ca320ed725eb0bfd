import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const collectionDelete: Handler<InstanceDocument, 'collectionDelete', ServerEnv> = async ({ params, c }, reply) => {
  await c.var.tenant.collections.remove(signedIn(c), params.collectionId)
  return reply.json(200, { status: { acknowledged: 'ok' } })
}
