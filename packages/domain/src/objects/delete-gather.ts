/**
 * Deleting nothing: what would have gone, and what links to that, is gathered in a new collection of the caller. Linking records
 * that the caller cannot read are left out; a collection tells nobody of records.
 */
import type { Gatherer } from '../collections/collection-records.ts'
import { discover } from './delete-discovery.ts'
import { judgedHeads, PAGE, rootsOf } from './delete-heads.ts'
import { ReachMoved, type Deleted, type DeletionRequest } from './delete-request.ts'
import { requireOnAll } from './delete-rights.ts'
import type { RecordHead } from './delete-store.ts'
import { pagesOf } from './pages.ts'
import { subjectOf } from './record-rights.ts'
import type { RecordTransaction } from './write-store.ts'

const NAME = { 'en-US': 'Records that were to be deleted', 'de-DE': 'Datensätze, die gelöscht werden sollten' }

export async function gatherRecords(tx: RecordTransaction, request: DeletionRequest, gatherer: Gatherer): Promise<Deleted> {
  const reach = await discover(tx, request.datamodel.model, await rootsOf(tx, request), false)
  // Locked, so that they are still there when they are put into the collection.
  const locked = await tx.lockAffected([...reach.removed, ...reach.linking.map(({ systemId }) => systemId)])
  const heads = judgedHeads(request, locked)
  const bySystemId = new Map(locked.map((head) => [head.systemId, head]))
  const going = [...reach.removed].map((systemId) => bySystemId.get(systemId) ?? moved())
  await requireOnAll(tx, request, going, 'delete')
  const linking = await readable(
    tx,
    request,
    locked.filter(({ systemId }) => !reach.removed.has(systemId)),
  )
  const members = new Set([...heads, ...going, ...linking].map(({ systemId }) => systemId))
  const { gathering } = request
  // A request that is only tried out makes none, and has no id to tell.
  const made = gathering && { createCollection: await gatherer.gather(tx.collections, gathering, NAME, [...members]) }
  return { policy: 'create_collection', removed: [], setnull: [], ...made }
}

function moved(): never {
  throw new ReachMoved()
}

async function readable(tx: RecordTransaction, { access }: DeletionRequest, heads: readonly RecordHead[]): Promise<RecordHead[]> {
  const found: RecordHead[] = []
  for (const page of pagesOf(heads, PAGE)) {
    const rights = await access.rightsOn(tx.access, page.map(subjectOf))
    found.push(...page.filter((_, i) => rights[i]?.['read']))
  }
  return found
}
