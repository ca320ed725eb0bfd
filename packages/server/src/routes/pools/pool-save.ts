import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { aclDecision } from '../collections/acl-decision.ts'
import { decided } from '../collections/decided.ts'
import { signedIn } from '../signed-in.ts'

/** There are no renditions yet that a save could spoil, so `confirm` has nothing to decide. */
export const poolSave: Handler<InstanceDocument, 'poolSave', ServerEnv> = async ({ body, query, c }, reply) => {
  const saved = await decided(c.var.tenant.pools.save(signedIn(c), body, aclDecision(query)))
  return saved.done ? reply.json(200, saved.result) : reply.json(202, saved.dialogue)
}
