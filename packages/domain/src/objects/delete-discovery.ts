/**
 * What a deletion reaches. Along with a record go its children, the records that it owns (`reverse_edit`), and, where that is
 * asked for, all that link to it; and so on from those. A record with several parents goes when none of them stays. What then
 * still links to something that goes is not touched here: it is answered.
 */
import type { Model } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { DeletionTransaction, LinkingRecord, ParentEdge } from './delete-store.ts'

/** More than this is no longer one request: everything it reaches is locked and held in memory at once. */
export const MOST_AFFECTED = 50_000

export interface Reach {
  readonly removed: ReadonlySet<number>
  /** Records that stay and link to removed ones. */
  readonly linking: readonly LinkingRecord[]
  /** Records that stay and lose some of their parents. */
  readonly orphaned: readonly number[]
}

/** `kept` stay wherever they stand: whoever asks has decided about them. */
export async function discover(
  tx: DeletionTransaction,
  model: Model,
  roots: readonly number[],
  withLinking: boolean,
  kept: ReadonlySet<number> = new Set(),
): Promise<Reach> {
  const columns = withLinking ? null : owningColumns(model)
  const severalParents = model.objecttypes.some(({ polyhierarchical }) => polyhierarchical)
  const removed = new Set<number>()
  let edges: readonly ParentEdge[] = []
  for (let fresh = roots; fresh.length > 0;) {
    addAll(removed, await tx.goingAlong(fresh, columns, MOST_AFFECTED + 1, [...kept]))
    edges = severalParents ? (await tx.parentsBelow([...removed])).filter(({ childId }) => !kept.has(childId)) : []
    fresh = withoutParents(edges, removed)
  }
  const linking = await tx.linkingTo([...removed], MOST_AFFECTED + 1)
  const orphaned = new Set(edges.filter(({ childId, parentId }) => removed.has(parentId) && !removed.has(childId)).map(({ childId }) => childId))
  requireBounded(removed.size + linking.length + orphaned.size)
  return { removed, linking, orphaned: [...orphaned] }
}

/** A link that makes its target the owner counts where it stands in the record itself: a nested row is no record. */
const owningColumns = ({ columns }: Model) =>
  [...columns.values()].filter(({ reverseEdit, table }) => reverseEdit && !table.owner).map(({ id }) => id)

function addAll(to: Set<number>, ids: readonly number[]): void {
  for (const id of ids) to.add(id)
  requireBounded(to.size)
}

function requireBounded(count: number): void {
  if (count > MOST_AFFECTED) fail('ServerGeneric', { msg: `the deletion would reach more than ${MOST_AFFECTED} records; delete them in parts` })
}

/** Those below removed records for which no parent is left, and those for which then none is left, and so on. */
function withoutParents(edges: readonly ParentEdge[], removed: ReadonlySet<number>): number[] {
  const staying = new Map<number, number>()
  const children = new Map<number, number[]>()
  for (const { childId, parentId, lives } of edges) {
    if (removed.has(childId)) continue
    staying.set(childId, (staying.get(childId) ?? 0) + (lives && !removed.has(parentId) ? 1 : 0))
    const siblings = children.get(parentId)
    if (siblings) siblings.push(childId)
    else children.set(parentId, [childId])
  }
  const gone = new Set<number>()
  const open = [...removed].flatMap((id) => children.get(id) ?? []).filter((id) => staying.get(id) === 0)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (gone.has(next)) continue
    gone.add(next)
    for (const child of children.get(next) ?? []) {
      const left = (staying.get(child) ?? 0) - 1
      staying.set(child, left)
      if (left === 0) open.push(child)
    }
  }
  return [...gone]
}
