import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'

/** The search index is not there yet, so there is nothing to wait for. */
export const objectDelete: Handler<InstanceDocument, 'objectDelete', ServerEnv> = async ({ params, query, body, c }, reply) => {
  const caller = signedIn(c)
  const policy = query.delete_policy
  if (policy === 'create_collection') fail('UrlParameterNotSupported', { param: 'delete_policy' })
  const options = { dryRun: isTrue(query.dry_run), ...(policy !== undefined && { policy }) }
  const deletion = await c.var.tenant.recordDeleter.delete(params.objecttype, body, caller, options)
  if (!deletion.done) return reply.json(202, { tasks: [...deletion.tasks] })
  const { policy: followed, removed, setnull, undeleted } = deletion
  return reply.json(200, { policy: followed, removed: [...removed], setnull: [...setnull], ...(undeleted && { undeleted: [...undeleted] }) })
}
