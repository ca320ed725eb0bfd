import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

/** There are no collections yet whose access lists could lose their ground, so the answers to that question decide nothing. */
export const tagSave: Handler<InstanceDocument, 'tagSave', ServerEnv> = async ({ body, query, c }, reply) => {
  const saved = await c.var.tenant.tags.replace(body, { removeFromLists: query.delete_policy === 'remove_tags', actor: signedIn(c) })
  return 'question' in saved ? reply.json(202, saved.question) : reply.json(200, saved.groups)
}
