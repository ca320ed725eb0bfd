/**
 * Saving records: a request is stored as a whole or not at all. Ids are drawn before the transaction and never given back,
 * so a save that fails leaves a gap. A dry run takes the same way through the same statements and then rolls back, with
 * negative numbers where ids would be drawn; what it promises is therefore what a save would do.
 */
import { randomInt, randomUUID } from 'node:crypto'
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Datamodel, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import type { Counters } from '../ports/counters.ts'
import { objectIds, SYSTEM_IDS } from './content.ts'
import type { NewRecord } from './record-refs.ts'
import { requireRecordRight } from './record-rights.ts'
import type { Draft } from './save-draft.ts'
import { parseDraft } from './save-parse.ts'
import { runSave, type SaveContext, type SavedRow } from './save-run.ts'
import { DatamodelMoved, IdsTaken } from './save-write.ts'
import type { RecordFormat, SavedRenderer, UnsavedItem } from './saved-renderer.ts'
import type { RecordWriteStore } from './write-store.ts'

export interface SaveOptions {
  readonly format: RecordFormat
  readonly dryRun: boolean
  readonly skipConstraints: boolean
  readonly skipReverseNested: boolean
  /** The other side of mirrored links is left as it is. */
  readonly skipBidirectionalUpdate?: boolean
}

/** How often a save starts over because the datamodel moved, or because drawn ids were taken. */
const RESTARTS = 5

/** Ends a dry run's transaction; carries what would have been stored. */
class DryRunDone extends Error {
  readonly rows: readonly SavedRow[]
  constructor(rows: readonly SavedRow[]) {
    super('dry run')
    this.rows = rows
  }
}

export class RecordSaver {
  readonly #store: RecordWriteStore
  readonly #counters: Counters
  readonly #datamodels: Datamodels
  readonly #renderer: SavedRenderer

  constructor(ports: { store: RecordWriteStore; counters: Counters; datamodels: Datamodels; renderer: SavedRenderer }) {
    this.#store = ports.store
    this.#counters = ports.counters
    this.#datamodels = ports.datamodels
    this.#renderer = ports.renderer
  }

  /** JSON text of the stored records, in the order of the request. */
  async save(objecttype: string, body: readonly unknown[], options: SaveOptions, caller: Caller): Promise<string> {
    let version = caller.datamodelVersion
    for (let restart = 1; ; restart++) {
      try {
        const datamodel = await committedDatamodel(this.#datamodels, version, objecttype)
        return await this.#saveWith(datamodel, objecttype, body, options, caller)
      } catch (error) {
        if (!(error instanceof DatamodelMoved)) throw error
        if (restart === RESTARTS) fail('DatabaseLockError', { object: 'datamodel' }, { cause: error, retryable: true })
        version = error.version
      }
    }
  }

  async #saveWith(datamodel: Datamodel, objecttype: string, body: readonly unknown[], options: SaveOptions, caller: Caller): Promise<string> {
    const table = objecttypeOf(datamodel, objecttype)
    const drafts = body.map((json, i) => parseDraft(json, i, table, datamodel, options.skipReverseNested))
    requireRecordRight(caller, table, drafts.some(({ isNew }) => isNew) ? 'create' : 'write')
    requireDistinctIds(drafts)
    const { skipConstraints, skipBidirectionalUpdate = false } = options
    const context = { caller, datamodel, table, drafts, now: new Date(), skipConstraints, skipBidirectionalUpdate }
    const render = { format: options.format, caller, datamodel, skipReverseNested: options.skipReverseNested }
    if (options.dryRun) return this.#renderer.renderUnsaved((await this.#tryOut(context)).map(unsavedItem), render)
    const rows = await this.#storeAll(context)
    const items = rows.map(({ row, draft: { mask } }) => ({ systemId: row.systemId, version: row.version, maskName: mask.name, mask }))
    return this.#renderer.renderSaved(items, render)
  }

  async #storeAll(context: Omit<SaveContext, 'created'>): Promise<readonly SavedRow[]> {
    const fresh = context.drafts.filter(({ isNew }) => isNew)
    for (let restart = 1; ; restart++) {
      const created = await this.#withIds(context.table, fresh)
      try {
        return await this.#store.transaction((tx) => runSave(tx, { ...context, created }))
      } catch (error) {
        if (!(error instanceof IdsTaken)) throw error
        await this.#settleTaken(context.table, created)
        if (restart === RESTARTS) fail('DatabaseLockError', { object: context.table.name }, { cause: error, retryable: true })
      }
    }
  }

  async #withIds(table: Table, fresh: readonly Draft[]): Promise<ReadonlyMap<Draft, NewRecord>> {
    const systemIds = await this.#draw(
      SYSTEM_IDS,
      fresh.map(({ systemId }) => systemId),
    )
    const objects = await this.#draw(
      objectIds(table),
      fresh.map(({ objectId }) => objectId),
    )
    return newRecords(table, fresh, (i) => ({ systemId: systemIds[i] ?? 0, objectId: objects[i] ?? 0 }))
  }

  /** Chosen ids as they are, drawn ones for the others. */
  async #draw(kind: string, chosen: readonly (number | null)[]): Promise<number[]> {
    const highest = Math.max(0, ...chosen.map((id) => id ?? 0))
    if (highest > 0) await this.#counters.advance(kind, highest)
    const missing = chosen.filter((id) => id === null).length
    const drawn = missing > 0 ? await this.#counters.draw(kind, missing) : []
    let next = 0
    return chosen.map((id) => id ?? drawn[next++] ?? 0)
  }

  /** Refuses chosen ids that somebody has, and moves the counters past drawn ones that somebody has chosen. */
  async #settleTaken(table: Table, created: ReadonlyMap<Draft, NewRecord>): Promise<void> {
    const records = [...created.values()]
    const wanted = {
      systemIds: records.map((r) => r.systemId),
      tableId: table.id,
      objectIds: records.map((r) => r.objectId),
      uuids: records.map((r) => r.uuid),
    }
    const taken = await this.#store.taken(wanted)
    for (const draft of created.keys()) {
      const holder = taken.find(
        (record) =>
          record.systemId === draft.systemId || record.uuid === draft.uuid || (record.tableId === table.id && record.objectId === draft.objectId),
      )
      if (holder) fail('DatabaseUniqueKeyViolation', { name: chosenName(draft, holder), valuelinkedsystemobjectid: holder.systemId })
    }
    await this.#skip(
      SYSTEM_IDS,
      wanted.systemIds,
      taken.map(({ systemId }) => systemId),
    )
    const ofType = taken.filter(({ tableId }) => tableId === table.id)
    await this.#skip(
      objectIds(table),
      wanted.objectIds,
      ofType.map(({ objectId }) => objectId),
    )
  }

  async #skip(kind: string, drawn: readonly number[], taken: readonly number[]): Promise<void> {
    const highest = Math.max(0, ...taken.filter((id) => drawn.includes(id)))
    if (highest > 0) await this.#counters.advance(kind, highest)
  }

  async #tryOut(context: Omit<SaveContext, 'created'>): Promise<readonly SavedRow[]> {
    const fresh = context.drafts.filter(({ isNew }) => isNew)
    // Somewhere far below zero, so that dry runs at the same time do not meet.
    const start = -randomInt(1, 2 ** 40)
    const created = newRecords(context.table, fresh, (i, draft) => ({ systemId: draft.systemId ?? start - i, objectId: draft.objectId ?? start - i }))
    try {
      return await this.#store.transaction(async (tx) => {
        throw new DryRunDone(await runSave(tx, { ...context, created }))
      })
    } catch (error) {
      if (error instanceof DryRunDone) return error.rows
      if (error instanceof IdsTaken) await this.#settleTaken(context.table, created)
      throw error
    }
  }
}

/** An instance whose datamodel was never committed has no object types. */
export function committedDatamodel(datamodels: Datamodels, version: number, objecttype: string): Promise<Datamodel> {
  return version === 0 ? fail('UnknownObjecttype', { objecttype }) : datamodels.committed(version)
}

/** The object type of that name; nested tables are none. */
export function objecttypeOf(datamodel: Datamodel, name: string): Table {
  const table = datamodel.model.byName.get(name)
  return table && !table.owner ? table : fail('UnknownObjecttype', { objecttype: name })
}

type Ids = Pick<NewRecord, 'systemId' | 'objectId'>

function newRecords(table: Table, fresh: readonly Draft[], idsOf: (i: number, draft: Draft) => Ids): ReadonlyMap<Draft, NewRecord> {
  return new Map(fresh.map((draft, i) => [draft, { draft, tableId: table.id, uuid: draft.uuid ?? randomUUID(), ...idsOf(i, draft) }]))
}

function requireDistinctIds(drafts: readonly Draft[]): void {
  for (const name of ['objectId', 'systemId', 'uuid'] as const) {
    const seen = new Set<number | string>()
    for (const draft of drafts) {
      const id = draft[name]
      if (id === null) continue
      if (seen.has(id)) fail('SchemaInconsistent', { msg: `${draft.where}: the id ${id} stands twice in the request` })
      seen.add(id)
    }
  }
}

const chosenName = (draft: Draft, holder: NewRecord | { systemId: number; uuid: string }) =>
  holder.systemId === draft.systemId ? '_system_object_id' : holder.uuid === draft.uuid ? '_uuid' : `${draft.plan.table.name}._id`

function unsavedItem({ row, draft, stored }: SavedRow): UnsavedItem {
  const { schemaVersion: _, savedBy: __, tableId: ___, ...rest } = row
  const chosen = { systemId: stored?.systemId ?? draft.systemId, objectId: stored?.objectId ?? draft.objectId }
  return { ...rest, ...chosen, table: draft.plan.table, mask: draft.mask }
}
