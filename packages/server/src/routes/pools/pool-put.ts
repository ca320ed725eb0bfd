import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { aclDecision } from '../collections/acl-decision.ts'
import { decided } from '../collections/decided.ts'
import { signedIn } from '../signed-in.ts'

/** The same as a POST; both verbs are in use. */
export const poolPut: Handler<InstanceDocument, 'poolPut', ServerEnv> = async ({ body, query, c }, reply) => {
  const saved = await decided(c.var.tenant.pools.save(signedIn(c), body, aclDecision(query)))
  return saved.done ? reply.json(200, saved.result) : reply.json(202, saved.dialogue)
}
