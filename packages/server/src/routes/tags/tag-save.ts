import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { aclDecision } from '../collections/acl-decision.ts'
import { decided } from '../collections/decided.ts'
import { signedIn } from '../signed-in.ts'

export const tagSave: Handler<InstanceDocument, 'tagSave', ServerEnv> = async ({ body, query, c }, reply) => {
  const options = { removeFromLists: query.delete_policy === 'remove_tags', decision: aclDecision(query) }
  const saved = await decided(c.var.tenant.tags.replace(signedIn(c), body, options))
  if (!saved.done) return reply.json(202, saved.dialogue)
  return 'question' in saved.result ? reply.json(202, saved.result.question) : reply.json(200, saved.result.groups)
}
