import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

export const maskSave: Handler<InstanceDocument, 'maskSave', ServerEnv> = async ({ body, c }, reply) => {
  const { masks, cacheId } = await c.var.tenant.datamodels.saveMasks(body)
  return reply.json(200, masks, { 'X-Fylr-Cache-ID': cacheId })
}
