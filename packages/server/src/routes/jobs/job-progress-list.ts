import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const jobProgressList: Handler<InstanceDocument, 'jobProgressList', ServerEnv> = async ({ query, c }, reply) => {
  const { kind = null, limit, offset } = query
  return reply.json(200, await c.var.tenant.jobProgress.list({ kind, limit, offset }))
}
