import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { Caller } from '@vitrine/domain/people/caller'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'

/**
 * Answers to dialogues are accepted and have nothing to decide, because no save asks anything yet; the same holds for the
 * index, for which nothing is queued. Collections cannot be ignored: the records would be missing there.
 */
export const objectSave: Handler<InstanceDocument, 'objectSave', ServerEnv> = async ({ params, query, body, c }, reply) => {
  const caller = signedIn(c)
  for (const param of ['collection', 'collection_policy'] as const) if (query[param] !== undefined) fail('UrlParameterNotSupported', { param })
  for (const param of ['skip_plugins', 'skip_events'] as const) if (isTrue(query[param])) requireRoot(caller)
  const options = {
    format: query.format,
    dryRun: isTrue(query.dry_run),
    skipConstraints: isTrue(query.skip_constraints),
    skipReverseNested: isTrue(query.skip_reverse_nested),
    skipBidirectionalUpdate: isTrue(query.skip_bidirectional_update),
  }
  return reply.jsonText(200, await c.var.tenant.recordSaver.save(params.objecttype, body, options, caller))
}

function requireRoot(caller: Caller): void {
  if (!caller.root) fail('SystemRightRequired', { rights: 'system.root' })
}
