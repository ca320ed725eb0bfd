import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { readRequest } from './read-request.ts'

export const objectReadBySystemId: Handler<InstanceDocument, 'objectReadBySystemId', ServerEnv> = async ({ params, query, c }, reply) =>
  reply.jsonText(200, await c.var.tenant.recordReader.read(readRequest(c, params, query), { systemId: params.systemObjectId }))
