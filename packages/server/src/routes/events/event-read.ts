import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const eventRead: Handler<InstanceDocument, 'eventRead', ServerEnv> = async ({ params, c }, reply) =>
  reply.json(200, await c.var.tenant.events.read(signedIn(c), params.eventId))
