import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const locationMove: Handler<InstanceDocument, 'locationMove', ServerEnv> = async ({ params, body, c }, reply) => {
  const wish = { target: body.target, removeSource: body.remove_source_copies ?? true, startedBy: signedIn(c).userId }
  return reply.json(200, await c.var.tenant.locationTasks.move(params.id, wish))
}
