/** What the event log hears of a deletion. */
import type { EventType } from '../events/event-types.ts'
import type { Model } from '../datamodel/model.ts'
import type { Caller } from '../people/caller.ts'
import { PAGE, tableOf } from './delete-heads.ts'
import type { RecordHead } from './delete-store.ts'
import { pagesOf } from './pages.ts'
import type { RecordTransaction } from './write-store.ts'

/** The heads have the version that the event is about. */
export async function tellOf(tx: RecordTransaction, type: EventType, model: Model, heads: readonly RecordHead[], caller: Caller): Promise<void> {
  for (const page of pagesOf(heads, PAGE)) {
    const events = page.map(({ tableId, objectId, systemId, version, schemaVersion }) => ({
      ...{ type, basetype: 'object', objecttype: tableOf(model, tableId).name },
      ...{ objectId, objectVersion: version, systemObjectId: systemId, schemaVersion },
    }))
    await tx.recordEvents(events, caller)
  }
}
