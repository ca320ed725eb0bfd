import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const jobFailedRemove: Handler<InstanceDocument, 'jobFailedRemove', ServerEnv> = async ({ params, c }, reply) => {
  await c.var.tenant.failedJobs.remove(params.id)
  return reply.json(200, { status: { acknowledged: 'ok' } })
}
