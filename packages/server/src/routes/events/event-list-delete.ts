import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { filterOf } from './event-filter.ts'

export const eventListDelete: Handler<InstanceDocument, 'eventListDelete', ServerEnv> = async ({ query, c }, reply) => {
  await c.var.tenant.events.removeMatching(filterOf(query), query.limit === 0 ? null : query.limit)
  return reply.json(200, { status: { acknowledged: 'ok' } })
}
