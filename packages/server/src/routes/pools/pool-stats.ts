import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

/**
 * Files come with a later part of the server: no pool can hold one yet, so zero is the true number here, with
 * and without the pools below.
 */
const noFiles = () => ({ count: 0, size: 0 })
const noBuckets = () => ({ latest: noFiles(), history: noFiles(), deleted: noFiles() })

export const poolStats: Handler<InstanceDocument, 'poolStats', ServerEnv> = async ({ params, c }, reply) => {
  await c.var.tenant.pools.demandExisting(params.poolID)
  const files = { ...noFiles(), originals: noBuckets(), versions: noBuckets() }
  return reply.json(200, { pool_id: params.poolID, created_at: new Date().toISOString(), files })
}
