import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { readRequest } from './read-request.ts'

export const objectReadByGlobalId: Handler<InstanceDocument, 'objectReadByGlobalId', ServerEnv> = async ({ params, query, c }, reply) =>
  reply.jsonText(200, await c.var.tenant.recordReader.readGlobal(readRequest(c, params, query), params.globalObjectId))
