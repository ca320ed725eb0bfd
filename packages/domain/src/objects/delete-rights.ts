/** Whether the caller may do with every one of these records what the deletion does with it. */
import type { Model } from '../datamodel/model.ts'
import type { Caller } from '../people/caller.ts'
import { tableOf } from './delete-heads.ts'
import type { RecordHead } from './delete-store.ts'
import { requireRecordRight } from './record-rights.ts'

export function requireRights(caller: Caller, model: Model, heads: readonly RecordHead[], right: 'delete' | 'write'): void {
  for (const { tableId, systemId } of heads) requireRecordRight(caller, tableOf(model, tableId), right, systemId)
}
