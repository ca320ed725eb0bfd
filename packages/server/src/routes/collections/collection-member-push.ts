import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'
import { aclDecision } from './acl-decision.ts'
import { decided } from './decided.ts'

export const collectionMemberPush: Handler<InstanceDocument, 'collectionMemberPush', ServerEnv> = async ({ params, query, body, c }, reply) => {
  const { collectionMembers } = c.var.tenant
  const changed = await decided(collectionMembers.push(signedIn(c), params.collectionId, body.objects ?? [], aclDecision(query)))
  return changed.done ? reply.json(200, changed.result) : reply.json(202, changed.dialogue)
}
