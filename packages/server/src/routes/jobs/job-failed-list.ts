import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const jobFailedList: Handler<InstanceDocument, 'jobFailedList', ServerEnv> = async ({ query, c }, reply) => {
  const { queue = null, limit, offset } = query
  return reply.json(200, await c.var.tenant.failedJobs.list({ queue, limit, offset }))
}
