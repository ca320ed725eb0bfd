import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'
import { aclDecision } from './acl-decision.ts'
import { decided } from './decided.ts'

export const collectionUpdate: Handler<InstanceDocument, 'collectionUpdate', ServerEnv> = async ({ params, query, body, c }, reply) => {
  const saved = await decided(c.var.tenant.collections.update(signedIn(c), params.collectionId, body, aclDecision(query)))
  return saved.done ? reply.json(200, saved.result) : reply.json(202, saved.dialogue)
}
