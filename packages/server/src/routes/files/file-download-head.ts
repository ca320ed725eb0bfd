import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { askedConversion } from './asked-conversion.ts'
import { asked } from './asked-version.ts'

export const fileDownloadHead: Handler<InstanceDocument, 'fileDownloadHead', ServerEnv> = async ({ params, query, headers, c }, reply) => {
  const conversion = await askedConversion(c, params, query, headers)
  // How long it is shows when it is made.
  if (conversion) return reply.raw(200, conversion.type, null, conversion.headers)
  const answer = await asked(c, params, query, headers)
  if (answer.kind === 'unchanged') return reply.empty(304, answer.headers)
  if (answer.kind === 'elsewhere') return reply.empty(302, answer.headers)
  return answer.kind === 'part' ? reply.raw(206, answer.type, null, answer.headers) : reply.raw(200, answer.type, null, answer.headers)
}
