/**
 * Records that go because they were left out of the one they stood inside of, with everything that belongs to them. Where others
 * still link to one of them the save is refused: only a deletion asks what shall become of such links.
 */
import { fail } from '../errors.ts'
import { ownedColumns } from './owned-columns.ts'
import { MoreLocks, type Removal, type SaveContext } from './save-context.ts'
import type { LockedRecords } from './save-lock.ts'
import type { RecordTransaction } from './write-store.ts'

/** More than this is no edit of a record any more. */
const MOST_REMOVED = 10_000

export async function cascaded(
  tx: RecordTransaction,
  removals: readonly Removal[],
  { datamodel, lockToo, problems }: SaveContext,
  { byId }: LockedRecords,
): Promise<readonly Removal[]> {
  const [first] = removals
  if (!first) return []
  const direct = new Map(removals.map((removal) => [removal.stored.systemId, removal]))
  const along = await tx.goingAlong([...direct.keys()], ownedColumns(datamodel.model), MOST_REMOVED + 1)
  if (along.length > MOST_REMOVED) fail('SchemaInconsistent', { msg: `${first.where}: more than ${MOST_REMOVED} records would be deleted` })
  const unlocked = along.filter((id) => !byId.has(id) && !lockToo.has(id))
  if (unlocked.length > 0) throw new MoreLocks(unlocked)
  const all = along.flatMap((id): Removal[] => {
    const own = direct.get(id)
    if (own) return [own]
    const stored = byId.get(id)
    const table = stored && datamodel.model.tables.get(stored.tableId)
    return stored && table ? [{ ...first, table, stored }] : []
  })
  const ids = all.map(({ stored }) => stored.systemId)
  // Held in such a way that nobody can link to them until they are gone.
  await tx.lockAffected(ids)
  const [linking] = await tx.linkingTo(ids, 1)
  if (linking)
    problems.attempt(first.where, () =>
      fail('SchemaInconsistent', { msg: `${first.where}: a record that was left out is still linked from the record ${linking.systemId}` }),
    )
  return all
}
