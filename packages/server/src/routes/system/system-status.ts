import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'

/**
 * Files and search indices come with later parts of the server: nothing can be stored in them yet, so zero and empty are
 * the true numbers here.
 */
export const systemStatus: Handler<InstanceDocument, 'systemStatus', ServerEnv> = async ({ c }, reply) => {
  const { objecttypes, basetypes } = await c.var.tenant.status.read()
  return reply.json(200, {
    objecttypes,
    basetypes,
    indices_objects: {},
    total_not_indexed: 0,
    pending_files: 0,
    queued_files: 0,
    file_stats: [],
    indices_stats: [],
  })
}
