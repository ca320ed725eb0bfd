/**
 * Records that go because they were left out of the one they stood inside of, with everything that belongs to them. Where others
 * still link to one of them the save is refused: only a deletion asks what shall become of such links.
 */
import { fail } from '../errors.ts'
import { discover } from './delete-discovery.ts'
import { subjectOf } from './record-rights.ts'
import { MoreLocks, type Change, type Removal, type SaveContext } from './save-context.ts'
import type { LockedRecords } from './save-lock.ts'
import { linkRowsOf } from './stored-links.ts'
import type { RecordTransaction } from './write-store.ts'

export interface Removals {
  readonly removals: readonly Removal[]
  /** Records of other parents that lose those which go. */
  readonly orphaned: readonly number[]
}

/** What the caller may not read was never shown to the caller, who cannot have left it out: it stays where it is. */
export async function knowinglyLeftOut(
  tx: RecordTransaction,
  direct: readonly Removal[],
  { access, caller, problems }: SaveContext,
): Promise<readonly Removal[]> {
  const rights =
    caller.root || direct.length === 0
      ? []
      : await access.rightsOn(
          tx.access,
          direct.map(({ stored }) => subjectOf(stored)),
        )
  const leftOut = direct.filter((_, i) => caller.root || rights[i]?.['read'])
  for (const where of new Set(leftOut.filter(({ field }) => field.appendOnly).map((removal) => removal.where)))
    problems.attempt(where, () => fail('SchemaInconsistent', { msg: `${where}: the mask lets records only be added, and one is missing` }))
  return leftOut
}

export async function cascaded(
  tx: RecordTransaction,
  direct: readonly Removal[],
  changes: readonly Change[],
  { datamodel, lockToo, problems }: SaveContext,
  { byId }: LockedRecords,
): Promise<Removals> {
  const [first] = direct
  if (!first) return { removals: [], orphaned: [] }
  const known = new Map(direct.map((removal) => [removal.stored.systemId, removal]))
  // What the request says of a record counts, also where it takes it out of one that goes.
  const kept = new Set(changes.map(({ row }) => row.systemId))
  const reach = await discover(tx, datamodel.model, [...known.keys()], false, kept)
  const unlocked = [...reach.removed, ...reach.orphaned].filter((id) => !byId.has(id) && !lockToo.has(id))
  if (unlocked.length > 0) throw new MoreLocks(unlocked)
  const removals = [...reach.removed].flatMap((id): Removal[] => {
    const own = known.get(id)
    if (own) return [own]
    const stored = byId.get(id)
    const table = stored && datamodel.model.tables.get(stored.tableId)
    return stored && table ? [{ ...first, table, stored }] : []
  })
  const ids = removals.map(({ stored }) => stored.systemId)
  // Held in such a way that nobody can link to them until they are gone.
  await tx.lockAffected(ids)
  const linking = (await tx.linkingTo(ids, kept.size + 1)).find(({ systemId }) => !kept.has(systemId))
  if (linking)
    problems.attempt(first.where, () =>
      fail('SchemaInconsistent', { msg: `${first.where}: a record that was left out is still linked from the record ${linking.systemId}` }),
    )
  for (const change of changes) problems.attempt(change.where, () => requireNoWayTo(reach.removed, change))
  return { removals, orphaned: reach.orphaned }
}

/** A record of the request may not lead to one that goes with the same request. */
function requireNoWayTo(gone: ReadonlySet<number>, { table, row, where }: Change): void {
  const { parentId, parents } = row
  const ways = [...linkRowsOf(table, row.systemId, row.content).map(({ toId }) => toId), ...(parentId === null ? [] : [parentId]), ...parents]
  const lost = ways.find((systemId) => gone.has(systemId))
  if (lost !== undefined) fail('SchemaInconsistent', { msg: `${where}: the record ${lost}, which was left out of another one, is linked here` })
}
