/**
 * Deleting: records go to the trash, all of a request or none, and everything that hangs on them goes along. A deletion is a
 * further version of the record whose content is the last there was, so the history stays whole.
 *
 * All records that are touched are locked by one statement, in the order that everybody keeps to. What is reached can grow until
 * the locks are held; so it is looked at once more afterwards, and the transaction starts over if something new turned up.
 */
import { NeedsDecision } from '../dialogue/dialogue.ts'
import { confirmationTasks } from '../workflow/confirmation-tasks.ts'
import { keepingAnswers, linkTask } from './delete-dialogue.ts'
import { discover, type Reach } from './delete-discovery.ts'
import { tellOf } from './delete-events.ts'
import { judgedHeads, PAGE, rootsOf } from './delete-heads.ts'
import { ReachMoved, type Deleted, type DeletionRequest } from './delete-request.ts'
import { requireOnAll } from './delete-rights.ts'
import { clearAll, findRequired, idList } from './delete-setnull.ts'
import type { RecordHead } from './delete-store.ts'
import { runRules, type Ruled } from './delete-workflow.ts'
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
  const { reach, ...locked } = await lockReach(tx, request)
  await requireOnAll(tx, request, locked.removed, 'delete')
  await requireOnAll(tx, request, locked.cleared, 'write')
  const anyway = async () => reachedIds(policy === 'remove' ? await discover(tx, datamodel.model, rootIds(request, locked.removed), false) : reach)
  const ruled = await runRules(tx, request, locked.removed, locked.cleared, anyway)
  await requireDecided(tx, request, reach, ruled.question)
  const cleared = await clearAll(tx, request, ruled.cleared, reach.removed)
  const removed = await moveAll(tx, request, locked.removed)
  await tellOf(tx, 'OBJECT_UPDATE', datamodel.model, cleared, caller)
  await tellOf(tx, 'OBJECT_DELETE', datamodel.model, removed, caller)
  await tx.queueFollowUps(ruled.followUps, ruled.records)
  const ids = (heads: readonly RecordHead[]) => heads.map(({ systemId }) => systemId)
  return { policy: policy ?? '', removed: ids(removed), setnull: ids(cleared) }
}

const reachedIds = ({ removed, orphaned }: Reach): ReadonlySet<number> => new Set([...removed, ...orphaned])
const rootIds = ({ items }: DeletionRequest, removed: readonly RecordHead[]) => removed.slice(0, items.length).map(({ systemId }) => systemId)

/** Ends the transaction with everything that is still open. */
async function requireDecided(tx: RecordTransaction, request: DeletionRequest, reach: Reach, question: Ruled['question']): Promise<void> {
  const { policy, confirmation } = request
  const asksLinks = policy === null && reach.linking.length > 0
  if (!asksLinks && question === null) return
  const tasks = [...(asksLinks ? [await linkQuestion(tx, request, reach)] : []), ...(question ? confirmationTasks(question) : [])]
  throw new NeedsDecision(keepingAnswers(tasks, { delete_policy: policy, confirmTransition: question ? null : confirmation }))
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
  const along = `<deleted with: ${idList(heads.slice(0, items.length).map(({ systemId }) => systemId))}>`
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
