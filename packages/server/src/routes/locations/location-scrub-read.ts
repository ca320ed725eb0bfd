import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const locationScrubRead: Handler<InstanceDocument, 'locationScrubRead', ServerEnv> = async ({ params, query, c }, reply) => {
  const { kind = null, limit, offset } = query
  return reply.json(200, await c.var.tenant.locationTasks.readScrub(params.id, { kind, limit, offset }))
}
