/** What the query of every read says, as the reader takes it. Dialects of linking that are not there yet are refused. */
import type { RecordFormat } from '@vitrine/domain/objects/saved-renderer'
import type { ReadRequest } from '@vitrine/domain/objects/read-records'
import { fail } from '@vitrine/domain/errors'
import type { Caller } from '@vitrine/domain/people/caller'
import { isTrue } from '../booleans.ts'

export interface ReadQuery {
  readonly format: RecordFormat
  readonly all_versions?: string
  readonly version?: number
  readonly latest_linked?: string
  readonly merge_linked_objects?: string
}

export function readRequest(caller: Caller, params: { readonly objecttype: string; readonly mask: string }, query: ReadQuery): ReadRequest {
  if (query.merge_linked_objects !== undefined && query.merge_linked_objects !== 'none')
    fail('UrlParameterNotSupported', { param: 'merge_linked_objects' })
  return {
    caller,
    objecttype: params.objecttype,
    mask: params.mask,
    format: query.format,
    allVersions: isTrue(query.all_versions),
    latestLinked: isTrue(query.latest_linked),
    version: query.version ?? null,
  }
}
