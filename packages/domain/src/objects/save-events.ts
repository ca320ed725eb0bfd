/** What a save tells the event log, in the transaction that stores it. */
import type { NewEvent } from '../events/new-event.ts'
import type { Change, Removal, SaveContext } from './save-context.ts'
import type { RecordTransaction } from './write-store.ts'

export async function recordSave(
  tx: RecordTransaction,
  { skipEvents, caller, datamodel }: SaveContext,
  changes: readonly Change[],
  removals: readonly Removal[],
): Promise<void> {
  if (skipEvents) return
  const schemaVersion = datamodel.version
  const saved = changes
    .filter(({ unchanged }) => !unchanged)
    .map(({ table, stored, row }): NewEvent => {
      const ids = { objectId: row.objectId, objectVersion: row.version, systemObjectId: row.systemId }
      return { type: stored ? 'OBJECT_UPDATE' : 'OBJECT_INSERT', basetype: 'object', objecttype: table.name, ...ids, schemaVersion }
    })
  const removed = removals.map(({ table, stored }): NewEvent => {
    const ids = { objectId: stored.objectId, objectVersion: stored.version + 1, systemObjectId: stored.systemId }
    return { type: 'OBJECT_DELETE', basetype: 'object', objecttype: table.name, ...ids, schemaVersion }
  })
  if (saved.length + removed.length > 0) await tx.recordEvents([...saved, ...removed], { userId: caller.userId, displayname: caller.displayname })
}
