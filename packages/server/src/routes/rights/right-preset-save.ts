import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { aclDecision } from '../collections/acl-decision.ts'
import { decided } from '../collections/decided.ts'
import { signedIn } from '../signed-in.ts'

export const rightPresetSave: Handler<InstanceDocument, 'rightPresetSave', ServerEnv> = async ({ params, query, body, c }, reply) => {
  const saved = await decided(c.var.tenant.rights.save(signedIn(c), params.context, body, aclDecision(query)))
  return saved.done ? reply.json(200, saved.result) : reply.json(202, saved.dialogue)
}
