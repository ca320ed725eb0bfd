import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const fileResync: Handler<InstanceDocument, 'fileResync', ServerEnv> = async ({ body, c }, reply) =>
  reply.json(200, { files: await c.var.tenant.resync.order(body?.ids ?? null) })
