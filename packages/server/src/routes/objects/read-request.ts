/** What the query of every read says, as the reader takes it. */
import type { MergeMode } from '@vitrine/domain/objects/render-attached'
import type { RecordFormat } from '@vitrine/domain/objects/saved-renderer'
import type { ReadRequest } from '@vitrine/domain/objects/read-records'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'
import { fileWish, type FileQuery } from './file-wish.ts'

export interface ReadQuery extends FileQuery {
  readonly format: RecordFormat
  readonly all_versions?: string
  readonly skip_reverse_nested?: string
  readonly version?: number
  readonly latest_linked?: string
  readonly merge_linked_objects?: MergeMode
  readonly merge_max_depth?: number
}

export function readRequest(c: Context<ServerEnv>, params: { readonly objecttype: string; readonly mask: string }, query: ReadQuery): ReadRequest {
  return {
    caller: signedIn(c),
    files: fileWish(c, query),
    objecttype: params.objecttype,
    mask: params.mask,
    format: query.format,
    allVersions: isTrue(query.all_versions),
    latestLinked: isTrue(query.latest_linked),
    version: query.version ?? null,
    skipReverseNested: isTrue(query.skip_reverse_nested),
    merge: { mode: query.merge_linked_objects ?? 'none', maxDepth: query.merge_max_depth ?? null },
  }
}
