import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const locationScrub: Handler<InstanceDocument, 'locationScrub', ServerEnv> = async ({ params, body, c }, reply) => {
  const wish = { repair: body?.repair ?? false, startedBy: signedIn(c).userId }
  return reply.json(200, await c.var.tenant.locationTasks.scrub(params.id, wish))
}
