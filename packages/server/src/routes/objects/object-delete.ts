import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'

/** The search index is not there yet, so there is nothing to wait for. */
export const objectDelete: Handler<InstanceDocument, 'objectDelete', ServerEnv> = async ({ params, query, body, c }, reply) => {
  const caller = signedIn(c)
  const options = { policy: query.delete_policy ?? null, confirmation: query.confirmTransition ?? null, dryRun: isTrue(query.dry_run) }
  const deletion = await c.var.tenant.recordDeleter.delete(params.objecttype, body, caller, options)
  if (!deletion.done) return reply.json(202, { tasks: [...deletion.tasks] })
  const { policy, removed, setnull, undeleted, createCollection } = deletion
  return reply.json(200, {
    policy,
    removed: [...removed],
    setnull: [...setnull],
    ...(undeleted && { undeleted: [...undeleted] }),
    ...(createCollection !== undefined && { create_collection: createCollection }),
  })
}
