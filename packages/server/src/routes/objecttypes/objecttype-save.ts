import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

/**
 * There are no renditions and no collections yet that a save could spoil, so nothing has to be asked before it: the answers
 * to such questions that a request may already carry have nothing to decide.
 */
export const objecttypeSave: Handler<InstanceDocument, 'objecttypeSave', ServerEnv> = async ({ body, c }, reply) => {
  const { objecttypes, cacheId } = await c.var.tenant.objecttypes.save(signedIn(c), body)
  return reply.json(200, objecttypes, { 'X-Fylr-Cache-ID': cacheId })
}
