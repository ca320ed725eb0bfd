import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'

export const eventListCreate: Handler<InstanceDocument, 'eventListCreate', ServerEnv> = async ({ query, body, c }, reply) => {
  const background = isTrue(query.background)
  const added = await c.var.tenant.events.add(signedIn(c), body, { background, skipConstraints: isTrue(query.skip_constraints) })
  return background ? reply.json(200, { background: 'ok' }) : reply.json(200, added)
}
