import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'

export const eventCreate: Handler<InstanceDocument, 'eventCreate', ServerEnv> = async ({ query, body, c }, reply) => {
  const options = { background: isTrue(query.background), skipConstraints: isTrue(query.skip_constraints) }
  const [event] = await c.var.tenant.events.add(signedIn(c), [body], options)
  return event ? reply.json(200, event) : reply.json(200, { background: 'ok' })
}
