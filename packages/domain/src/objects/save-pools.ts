/**
 * Records that belong to one that is put into another pool. They follow it or stay, as the request or the mask says; where
 * neither does, the answer is a question, and nothing moves behind anybody's back.
 */
import { nextVersion, type Change, type Removal, type SaveContext } from './save-context.ts'
import { insideKey, type LockedRecords } from './save-lock.ts'
import type { StoredRecord } from './write-store.ts'

export interface Followed {
  readonly changes: readonly Change[]
  /** How many records nobody has decided about. */
  readonly undecided: number
}

export function followPools(changes: readonly Change[], removals: readonly Removal[], context: SaveContext, locked: LockedRecords): Followed {
  if (context.skipReverse) return { changes, undecided: 0 }
  const settled = new Map(changes.map((change) => [change.row.systemId, change]))
  const gone = new Set(removals.map(({ stored }) => stored.systemId))
  let undecided = 0
  // Records come before those inside them, so what has followed is in turn followed.
  for (const { draft, stored, where, row: sent } of changes) {
    const row = settled.get(sent.systemId)?.row ?? sent
    if (!draft || !stored || row.poolId === null || row.poolId === stored.poolId) continue
    for (const { field } of draft.reverse) {
      if (!field.slot.table.poolLink) continue
      const mode = context.answers.poolFollowing ?? field.poolFollowing
      const inside = locked.inside.get(insideKey(stored.systemId, { columnId: field.slot.column?.id ?? null })) ?? []
      for (const record of inside) {
        const change = settled.get(record.systemId)
        // One that goes to a pool of its own does as it was told.
        if (gone.has(record.systemId) || (change?.row ?? record).poolId === row.poolId || (change && change.row.poolId !== record.poolId)) continue
        if (mode === 'ask') undecided++
        else if (mode === 'always') settled.set(record.systemId, moved(record, change, row.poolId, where, context))
      }
    }
  }
  return { changes: [...settled.values()], undecided }
}

function moved(stored: StoredRecord, change: Change | undefined, poolId: number, where: string, context: SaveContext): Change {
  if (change && !change.unchanged) return { ...change, row: { ...change.row, poolId } }
  const row = { ...nextVersion(stored, context), poolId }
  const table = context.datamodel.model.tables.get(stored.tableId) ?? context.table
  return { table, origin: 'pool', where: change?.where ?? where, draft: change?.draft ?? null, stored, row, unchanged: false }
}
