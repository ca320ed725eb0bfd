import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const poolDelete: Handler<InstanceDocument, 'poolDelete', ServerEnv> = async ({ params, c }, reply) => {
  await c.var.tenant.pools.remove(signedIn(c), params.poolID)
  return reply.json(200, { status: { acknowledged: 'ok' } })
}
