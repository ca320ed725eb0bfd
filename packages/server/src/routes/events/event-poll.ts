import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const eventPoll: Handler<InstanceDocument, 'eventPoll', ServerEnv> = async ({ params, query, c }, reply) =>
  reply.json(200, await c.var.tenant.events.poll(signedIn(c), params.fromEventId, query.limit))
