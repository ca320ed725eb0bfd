import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { nodeBody } from '../../http/node-body.ts'
import { asked } from './asked-version.ts'

export const fileDownload: Handler<InstanceDocument, 'fileDownload', ServerEnv> = async ({ params, query, headers, c }, reply) => {
  const answer = await asked(c, params, query, headers)
  if (answer.kind === 'unchanged') return reply.empty(304, answer.headers)
  if (answer.kind === 'elsewhere') return reply.empty(302, answer.headers)
  const body = nodeBody(c, await c.var.tenant.delivery.open(answer.version, answer.kind === 'part' ? answer.range : null, c.req.raw.signal))
  return answer.kind === 'part' ? reply.raw(206, answer.type, body, answer.headers) : reply.raw(200, answer.type, body, answer.headers)
}
