/** What the query of every read says, as the reader takes it. `file_url_expire` is judged by the document and waits for files. */
import type { MergeMode } from '@vitrine/domain/objects/render-attached'
import type { RecordFormat } from '@vitrine/domain/objects/saved-renderer'
import type { ReadRequest } from '@vitrine/domain/objects/read-records'
import type { Caller } from '@vitrine/domain/people/caller'
import { isTrue } from '../booleans.ts'

export interface ReadQuery {
  readonly format: RecordFormat
  readonly all_versions?: string
  readonly skip_reverse_nested?: string
  readonly version?: number
  readonly latest_linked?: string
  readonly merge_linked_objects?: MergeMode
  readonly merge_max_depth?: number
}

export function readRequest(caller: Caller, params: { readonly objecttype: string; readonly mask: string }, query: ReadQuery): ReadRequest {
  return {
    caller,
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
