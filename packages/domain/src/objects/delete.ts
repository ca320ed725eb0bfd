/**
 * Deleting records: they go to the trash, all of a request or none. A deletion is a further version of the record, one higher
 * than the stored one, whose content is the last there was; so the history stays whole. Records that others still link to are
 * not deleted: the answer is a question what shall become of those links.
 */
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Datamodel, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { requireRecordRight } from './record-rights.ts'
import { committedDatamodel, objecttypeOf } from './save.ts'
import type { RecordRow, RecordTransaction, RecordWriteStore, StoredRecord } from './write-store.ts'

/** Id, stored version, remark. */
export type DeletionItem = readonly [objectId: number, version: number, comment: string | null]

export type Deletion =
  | { readonly done: true; readonly removed: readonly number[] }
  /** How many records of which object type still link to those of the request. */
  | { readonly done: false; readonly linked: readonly { readonly objecttype: string; readonly count: number }[] }

/** Ends the transaction of a deletion that needs a decision. */
class StillLinked extends Error {
  readonly counts: readonly { readonly tableId: number; readonly count: number }[]
  constructor(counts: readonly { tableId: number; count: number }[]) {
    super('records are still linked')
    this.counts = counts
  }
}

export class RecordDeleter {
  readonly #store: RecordWriteStore
  readonly #datamodels: Datamodels

  constructor(ports: { store: RecordWriteStore; datamodels: Datamodels }) {
    this.#store = ports.store
    this.#datamodels = ports.datamodels
  }

  async delete(objecttype: string, items: readonly DeletionItem[], caller: Caller): Promise<Deletion> {
    const datamodel = await committedDatamodel(this.#datamodels, caller.datamodelVersion, objecttype)
    const table = objecttypeOf(datamodel, objecttype)
    requireRecordRight(caller, table, 'delete')
    requireDistinct(items)
    try {
      const removed = await this.#store.transaction((tx) => runDeletion(tx, { table, items, caller, now: new Date() }))
      return { done: true, removed }
    } catch (error) {
      if (!(error instanceof StillLinked)) throw error
      return { done: false, linked: error.counts.map(({ tableId, count }) => ({ objecttype: nameOf(datamodel, tableId), count })) }
    }
  }
}

const nameOf = (datamodel: Datamodel, tableId: number) => datamodel.model.tables.get(tableId)?.name ?? String(tableId)

function requireDistinct(items: readonly DeletionItem[]): void {
  const seen = new Set<number>()
  for (const [objectId] of items) {
    // The second time there would be nothing left to delete.
    if (seen.has(objectId)) fail('LookupNotFound', { key: '_id', value: String(objectId) })
    seen.add(objectId)
  }
}

interface DeletionContext {
  readonly table: Table
  readonly items: readonly DeletionItem[]
  readonly caller: Caller
  readonly now: Date
}

async function runDeletion(tx: RecordTransaction, { table, items, caller, now }: DeletionContext): Promise<number[]> {
  const stored = await tx.lockForDeletion(
    table.id,
    items.map(([objectId]) => objectId),
  )
  const byObject = new Map(stored.map((record) => [record.objectId, record]))
  const rows = items.map(([objectId, version, comment]): RecordRow => {
    const record = judged(byObject.get(objectId), objectId, version)
    requireRecordRight(caller, table, 'delete', record.systemId)
    return { ...record, version: version + 1, modifiedAt: now, savedBy: caller.userId, comment }
  })
  const systemIds = rows.map(({ systemId }) => systemId)
  // The records are locked, so nobody can add a link between this look and the deletion.
  const linked = await tx.inbound(systemIds)
  if (linked.length > 0) throw new StillLinked(linked)
  await tx.moveToTrash(rows)
  return systemIds
}

function judged(record: StoredRecord | undefined, objectId: number, version: number): StoredRecord {
  if (!record) return fail('LookupNotFound', { key: '_id', value: String(objectId) })
  if (record.version !== version)
    fail('VersionMismatch', { currentversion: record.version, receivedversion: version, expectedversion: record.version })
  return record
}
