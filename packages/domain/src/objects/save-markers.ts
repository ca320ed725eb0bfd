/**
 * Records inside another one that come back with version 1. That is how a new record is sent, and also how one that was saved once is
 * sent to be kept; which of the two is meant follows from whether there is a record with that id.
 */
import type { NewRecord } from './record-refs.ts'
import type { SaveContext } from './save-context.ts'
import { draftsOf, isNew, type Draft } from './save-draft.ts'
import type { RecordTransaction } from './write-store.ts'

export async function settleMarkers(tx: RecordTransaction, context: SaveContext): Promise<SaveContext> {
  const open = [...context.drafts.masters.keys()].filter((draft) => isNew(draft) && draft.objectId !== null)
  if (open.length === 0) return context
  const objects = open.map(({ plan, objectId }) => ({ tableId: plan.table.id, objectId: objectId ?? 0 }))
  const found = await tx.findRecords({ systemIds: [], uuids: [], objects })
  const stored = new Set(found.map(({ tableId, objectId }) => `${tableId} ${objectId}`))
  const isStored = (draft: Draft) => isNew(draft) && draft.objectId !== null && stored.has(`${draft.plan.table.id} ${draft.objectId}`)
  if (!open.some(isStored)) return context
  const created = new Map<Draft, NewRecord>()
  const settled = (draft: Draft): Draft => {
    const reverse = draft.reverse.map((table) => ({ ...table, rows: table.rows.map(settled) }))
    const isKept = context.drafts.masters.has(draft) && isStored(draft)
    const copy: Draft = { ...draft, reverse, ...(isKept && { mode: 'update' }) }
    const identity = context.created.get(draft)
    if (identity && !isKept) created.set(copy, { ...identity, draft: copy })
    return copy
  }
  return { ...context, drafts: draftsOf(context.drafts.top.map(settled)), created }
}
