import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'

/** There are no collections yet whose access lists a preset could invalidate, so nothing is ever asked back. */
export const rightPresetSave: Handler<InstanceDocument, 'rightPresetSave', ServerEnv> = async ({ params, query, body, c }, reply) => {
  if (isTrue(query.background_invalid_acl)) fail('UrlParameterNotSupported', { param: 'background_invalid_acl' })
  return reply.json(200, await c.var.tenant.rights.save(signedIn(c), params.context, body))
}
