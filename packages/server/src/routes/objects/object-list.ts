import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'
import { readRequest } from './read-request.ts'

export const objectList: Handler<InstanceDocument, 'objectList', ServerEnv> = async ({ params, query, c }, reply) => {
  const caller = signedIn(c)
  if (isTrue(query.files_real_url) && !caller.root) fail('SystemRightRequired', { rights: 'system.root' })
  const page = { limit: query.limit, offset: query.offset }
  return reply.jsonText(200, await c.var.tenant.recordReader.list(readRequest(c, params, query), page))
}
