import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { SaveAnswers } from '@vitrine/domain/objects/save-context'
import type { IndexWait } from '@vitrine/domain/ports/record-index'
import type { Caller } from '@vitrine/domain/people/caller'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'
import { fileWish } from './file-wish.ts'

export const objectSave: Handler<InstanceDocument, 'objectSave', ServerEnv> = async ({ params, query, body, c }, reply) => {
  const caller = signedIn(c)
  for (const param of ['skip_plugins', 'skip_events'] as const) if (isTrue(query[param])) requireRoot(caller)
  const options = {
    format: query.format,
    files: fileWish(c, query),
    dryRun: isTrue(query.dry_run),
    skipConstraints: isTrue(query.skip_constraints),
    skipReverseNested: isTrue(query.skip_reverse_nested),
    skipBidirectionalUpdate: isTrue(query.skip_bidirectional_update),
    skipEvents: isTrue(query.skip_events),
    skipIndex: isTrue(query.skip_index),
    awaitIndexSeconds: query.await_index ?? 0,
    collection: query.collection ?? null,
    collectionPolicy: query.collection_policy ?? null,
    answers: answersOf(query),
  }
  const saved = await c.var.tenant.recordSaver.save(params.objecttype, body, options, caller)
  return 'json' in saved ? reply.jsonText(200, saved.json, unfinished(saved.index)) : reply.json(202, { tasks: [...saved.tasks] })
}

function requireRoot(caller: Caller): void {
  if (!caller.root) fail('SystemRightRequired', { rights: 'system.root' })
}

/** A wait for the index that ended early does not fail the save; headers tell of it. */
function unfinished(index: IndexWait | undefined): { 'X-Fylr-Error'?: string; 'X-Fylr-Error-Code'?: string } {
  if (index === 'timeout') return { 'X-Fylr-Error': 'the search index has not caught up in time', 'X-Fylr-Error-Code': 'queue.AwaitIndexTimeout' }
  if (index === 'incomplete') return { 'X-Fylr-Error': 'some records could not be indexed', 'X-Fylr-Error-Code': 'api.AwaitIndexIncomplete' }
  return {}
}

interface AnswerQuery {
  readonly revoke?: 'yes'
  readonly confirmTransition?: string
  readonly 'revoke:confirmTransition'?: string
  readonly reverse_pool_changed_mode?: 'reverse_pool_changed_always' | 'reverse_pool_changed_never'
  readonly allow_invalid_acl?: string
}

/** Both questions at once are answered by `yes:<token>`. */
function answersOf(query: AnswerQuery): SaveAnswers {
  const both = /^yes:(.*)$/s.exec(query['revoke:confirmTransition'] ?? '')?.[1]
  const mode = query.reverse_pool_changed_mode
  return {
    revoke: query.revoke === 'yes' || both !== undefined,
    confirmTransition: both ?? query.confirmTransition ?? null,
    poolFollowing: mode === undefined ? undefined : mode === 'reverse_pool_changed_always' ? 'always' : 'never',
    allowInvalidAcl: isTrue(query.allow_invalid_acl),
  }
}
