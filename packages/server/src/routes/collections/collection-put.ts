import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'
import { aclDecision } from './acl-decision.ts'
import { decided } from './decided.ts'

/** The same as a POST; both verbs are in use. */
export const collectionPut: Handler<InstanceDocument, 'collectionPut', ServerEnv> = async ({ query, body, c }, reply) => {
  const saved = await decided(c.var.tenant.collections.saveOne(signedIn(c), body, aclDecision(query)))
  return saved.done ? reply.json(200, saved.result) : reply.json(202, saved.dialogue)
}
