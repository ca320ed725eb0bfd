import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'
import { aclDecision } from './acl-decision.ts'
import { decided } from './decided.ts'

export const collectionMemberSplice: Handler<InstanceDocument, 'collectionMemberSplice', ServerEnv> = async ({ params, query, body, c }, reply) => {
  const { index, count = 0, objects = [] } = body
  const at = { index: index ?? Number.MAX_SAFE_INTEGER, count: count < 0 ? null : count }
  const changed = await decided(c.var.tenant.collectionMembers.splice(signedIn(c), params.collectionId, at, objects, aclDecision(query)))
  return changed.done ? reply.json(200, changed.result) : reply.json(202, changed.dialogue)
}
