import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { transitionsDigest } from '@vitrine/domain/transitions/transitions'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const transitionSave: Handler<InstanceDocument, 'transitionSave', ServerEnv> = async ({ body, c }, reply) => {
  const rules = await c.var.tenant.transitions.replace(body, signedIn(c))
  return reply.json(200, rules, { 'X-Fylr-Cache-ID': transitionsDigest(rules) })
}
