/**
 * Deleting: records go to the trash, all of a request or none, and everything that hangs on them goes along. A deletion is a
 * further version of the record whose content is the last there was, so the history stays whole.
 *
 * All records that are touched are locked by one statement, in the order that everybody keeps to. What is reached can grow until
 * the locks are held; so it is looked at once more afterwards, and the transaction starts over if something new turned up.
 */
import { NeedsDecision } from '../dialogue/dialogue.ts'
import { linkTask } from './delete-dialogue.ts'
import { discover, type Reach } from './delete-discovery.ts'
import { tellOf } from './delete-events.ts'
import { judgedHeads, PAGE, rootsOf } from './delete-heads.ts'
import { ReachMoved, type Deleted, type DeletionRequest } from './delete-request.ts'
import { requireRights } from './delete-rights.ts'
import { clearAll, findRequired, idList } from './delete-setnull.ts'
import type { RecordHead } from './delete-store.ts'
import { pagesOf } from './pages.ts'
import type { RecordTransaction } from './write-store.ts'

/** Everything that a deletion touches, locked. */
interface Locked {
  readonly reach: Reach
  /** Those of the request first, in its order. */
  readonly removed: readonly RecordHead[]
  readonly cleared: readonly RecordHead[]
}

export async function trashRecords(tx: RecordTransaction, request: DeletionRequest): Promise<Deleted> {
  const { policy, caller, datamodel } = request
  const locked = await lockReach(tx, request)
  requireRights(caller, datamodel.model, locked.removed, 'delete')
  requireRights(caller, datamodel.model, locked.cleared, 'write')
  if (policy === null && locked.reach.linking.length > 0) throw new NeedsDecision([await linkQuestion(tx, request, locked.reach)])
  const cleared = await clearAll(tx, request, locked.cleared, locked.reach.removed)
  const removed = await moveAll(tx, request, locked.removed)
  await tellOf(tx, 'OBJECT_UPDATE', datamodel.model, cleared, caller)
  await tellOf(tx, 'OBJECT_DELETE', datamodel.model, removed, caller)
  const ids = (heads: readonly RecordHead[]) => heads.map(({ systemId }) => systemId)
  return { policy: policy ?? '', removed: ids(removed), setnull: ids(cleared) }
}

async function lockReach(tx: RecordTransaction, request: DeletionRequest): Promise<Locked> {
  const { policy, datamodel } = request
  const roots = await rootsOf(tx, request)
  const look = () => discover(tx, datamodel.model, roots, policy === 'remove')
  const clearedOf = ({ linking, orphaned }: Reach) => [
    ...new Set([...(policy === 'setnull' ? linking.map(({ systemId }) => systemId) : []), ...orphaned]),
  ]
  const before = await look()
  const locked = new Map((await tx.lockAffected([...before.removed, ...clearedOf(before)])).map((head) => [head.systemId, head]))
  const judged = judgedHeads(request, [...locked.values()])
  const reach = await look()
  const headOf = (systemId: number) => locked.get(systemId) ?? moved()
  const own = new Set(judged.map(({ systemId }) => systemId))
  const along = [...reach.removed].filter((systemId) => !own.has(systemId)).toSorted((a, b) => a - b)
  return {
    reach,
    removed: [...judged, ...along.map(headOf)],
    cleared: clearedOf(reach)
      .toSorted((a, b) => a - b)
      .map(headOf),
  }
}

function moved(): never {
  throw new ReachMoved()
}

async function moveAll(tx: RecordTransaction, { items, caller }: DeletionRequest, heads: readonly RecordHead[]): Promise<RecordHead[]> {
  const roots = heads.slice(0, items.length).map(({ systemId }) => systemId)
  const along = `<deleted with: ${idList(roots)}>`
  const rows = heads.map((head, i) => ({
    ...head,
    version: head.version + 1,
    savedBy: caller.userId,
    comment: i < items.length ? (items[i]?.[2] ?? null) : along,
  }))
  for (const page of pagesOf(rows, PAGE)) await tx.moveToTrash(page)
  return rows
}

/** What each answer would do is found out before it is offered. */
async function linkQuestion(tx: RecordTransaction, request: DeletionRequest, { removed, linking }: Reach) {
  const all = await discover(tx, request.datamodel.model, [...removed], true)
  const required = await findRequired(tx, request, linking, removed)
  return linkTask({ model: request.datamodel.model, linking, along: all.removed.size - removed.size, required })
}
