import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { aclDecision } from '../collections/acl-decision.ts'
import { decided } from '../collections/decided.ts'
import { signedIn } from '../signed-in.ts'

/** There are no renditions yet that a save could spoil, so `confirm` has nothing to decide. */
export const objecttypeSave: Handler<InstanceDocument, 'objecttypeSave', ServerEnv> = async ({ body, query, c }, reply) => {
  const saved = await decided(c.var.tenant.objecttypes.save(signedIn(c), body, aclDecision(query)))
  if (!saved.done) return reply.json(202, saved.dialogue)
  return reply.json(200, saved.result.objecttypes, { 'X-Fylr-Cache-ID': saved.result.cacheId })
}
