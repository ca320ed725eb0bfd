/**
 * Removing records from the trash for good, with all of their versions and their places in collections. What is left is a mark
 * with their ids, so that older versions of other records can show that there was something, and nobody takes the ids again.
 */
import { tellOf } from './delete-events.ts'
import { judgedHeads, PAGE } from './delete-heads.ts'
import type { Deleted, DeletionRequest } from './delete-request.ts'
import { requireOnAll } from './delete-rights.ts'
import { pagesOf } from './pages.ts'
import type { RecordTransaction } from './write-store.ts'

export async function purgeRecords(tx: RecordTransaction, request: DeletionRequest): Promise<Deleted> {
  const { table, caller, datamodel, items } = request
  const locked = await tx.lockTrashed(
    table.id,
    items.map(([objectId]) => objectId),
  )
  const heads = judgedHeads(request, locked)
  await requireOnAll(tx, request, heads, 'delete')
  const ids = heads.map(({ systemId }) => systemId)
  for (const page of pagesOf(ids, PAGE)) {
    await tx.collections.forget(page)
    await tx.purge(page)
  }
  await tellOf(tx, 'OBJECT_PURGE', datamodel.model, heads, caller)
  return { policy: 'purge', removed: ids, setnull: [] }
}
