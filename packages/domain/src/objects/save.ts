/**
 * Saving records: a request is stored as a whole or not at all. Ids are drawn before the transaction and never given back,
 * so a save that fails leaves a gap. A dry run takes the same way through the same statements and then rolls back, with
 * negative numbers where ids would be drawn; what it promises is therefore what a save would do.
 */
import { createHash, randomInt, randomUUID } from 'node:crypto'
import type { Access } from '../access/access.ts'
import type { CollectionPolicy } from '../collections/collection-records.ts'
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Datamodel, Table } from '../datamodel/model.ts'
import { NeedsDecision, type DialogueTask } from '../dialogue/dialogue.ts'
import { fail } from '../errors.ts'
import type { FileWish } from '../files/file-look.ts'
import type { Caller } from '../people/caller.ts'
import type { Principals } from '../people/principals.ts'
import type { Places } from '../places/places.ts'
import type { Counters } from '../ports/counters.ts'
import type { IndexWait, RecordIndex } from '../ports/record-index.ts'
import { tellingOfRejections, type FollowUpQueue } from '../workflow/rejection.ts'
import type { Workflow } from '../workflow/workflow.ts'
import { objectIds, SYSTEM_IDS } from './content.ts'
import { Problems } from './problems.ts'
import type { NewRecord } from './record-refs.ts'
import { withKnownPeople } from './save-acl-people.ts'
import { MoreLocks, type Change, type SaveAnswers, type SaveContext } from './save-context.ts'
import { deferredRefs } from './save-deferred.ts'
import { draftsOf, isNew, type Draft, type Drafts } from './save-draft.ts'
import { sideEffects } from './save-effects.ts'
import { parseRecord } from './save-parse.ts'
import { RequestRefused } from './save-refused.ts'
import { runSave, type SaveResult } from './save-run.ts'
import { DatamodelMoved, IdsTaken } from './save-write.ts'
import type { RecordFormat, SavedRenderer, UnsavedItem } from './saved-renderer.ts'
import { canonicalJson } from './values/plain-json.ts'
import { under } from './where.ts'
import type { RecordWriteStore } from './write-store.ts'

export interface SaveOptions {
  readonly format: RecordFormat
  readonly files: FileWish
  readonly dryRun: boolean
  readonly skipConstraints: boolean
  readonly skipReverseNested: boolean
  /** The other side of mirrored links is left as it is. */
  readonly skipBidirectionalUpdate?: boolean
  readonly skipEvents?: boolean
  readonly skipIndex?: boolean
  /** How long to wait until what is saved can be found. */
  readonly awaitIndexSeconds?: number
  /** Where new records are put. */
  readonly collection?: number | null
  readonly collectionPolicy?: CollectionPolicy | null
  readonly answers?: Partial<SaveAnswers>
}

/** The answer of a save: JSON text of the records in the order of the request, or what has to be decided first. */
export type Saved = { readonly json: string; readonly index?: IndexWait } | { readonly tasks: readonly DialogueTask[] }

export interface SaverPorts {
  readonly store: RecordWriteStore
  readonly counters: Counters
  readonly datamodels: Datamodels
  readonly renderer: SavedRenderer
  readonly access: Access
  readonly workflows: { of(caller: Caller): Promise<Workflow> }
  readonly places: { at(revision: number): Promise<Places> }
  readonly principals: Principals
  readonly standardMasks: { applyTo(datamodel: Datamodel, revision: number): Promise<Datamodel> }
  readonly followUps: FollowUpQueue
  /** Null on servers that keep no search index. */
  readonly index: RecordIndex | null
}

/** How often a save starts over because the datamodel moved, drawn ids were taken, or more records have to be locked. */
const RESTARTS = 8

/** Ends a dry run's transaction; carries what would have been stored. */
class DryRunDone extends Error {
  readonly result: SaveResult
  constructor(result: SaveResult) {
    super('dry run')
    this.result = result
  }
}

type Prepared = Omit<SaveContext, 'created' | 'lockToo' | 'reserved'>

export class RecordSaver {
  readonly #ports: SaverPorts

  constructor(ports: SaverPorts) {
    this.#ports = ports
  }

  async save(objecttype: string, body: readonly unknown[], options: SaveOptions, caller: Caller): Promise<Saved> {
    let version = caller.datamodelVersion
    for (let restart = 1; ; restart++) {
      try {
        const datamodel = await committedDatamodel(this.#ports.datamodels, version, objecttype)
        return await this.#saveWith(datamodel, objecttype, body, options, caller)
      } catch (error) {
        if (error instanceof NeedsDecision) return { tasks: error.tasks }
        if (!(error instanceof DatamodelMoved)) throw error
        if (restart === RESTARTS) fail('DatabaseLockError', { object: 'datamodel' }, { cause: error, retryable: true })
        version = error.version
      }
    }
  }

  async #saveWith(datamodel: Datamodel, objecttype: string, body: readonly unknown[], options: SaveOptions, caller: Caller): Promise<Saved> {
    const table = objecttypeOf(datamodel, objecttype)
    const problems = new Problems(options.dryRun)
    const parsing = { datamodel, skipReverse: options.skipReverseNested, problems }
    const top = body.flatMap((json, i) => problems.attempt(`[${i}]`, () => parseRecord(json, i, table, parsing)) ?? [])
    const drafts = await withKnownPeople(draftsOf(top), this.#ports, problems)
    requireDistinctIds(drafts.all, problems)
    const context: Prepared = {
      ...{ caller, datamodel, table, drafts, problems, now: new Date() },
      access: await this.#ports.access.of(caller),
      // Root is asked for no right, so it does not matter to root which mask is the standard one.
      standards: caller.root ? datamodel : await this.#ports.standardMasks.applyTo(datamodel, caller.configRevision),
      workflow: await this.#ports.workflows.of(caller),
      places: await this.#ports.places.at(caller.configRevision),
      skipConstraints: options.skipConstraints,
      skipReverse: options.skipReverseNested,
      skipBidirectionalUpdate: options.skipBidirectionalUpdate ?? false,
      skipEvents: options.skipEvents ?? false,
      index: options.skipIndex ? null : this.#ports.index,
      createsInCollection: false,
      collection: options.collection ?? null,
      collectionPolicy: options.collectionPolicy ?? null,
      answers: { revoke: false, confirmTransition: null, poolFollowing: undefined, allowInvalidAcl: false, ...options.answers },
      digest: digestOf(objecttype, body, options),
    }
    const render = { format: options.format, files: options.files, caller, datamodel, skipReverseNested: options.skipReverseNested }
    if (options.dryRun) return { json: await this.#tried(context, render) }
    const { saved } = await tellingOfRejections(this.#ports.followUps, () => this.#storeAll(context))
    const items = saved.map(({ row, draft }) => ({
      systemId: row.systemId,
      version: row.version,
      maskName: draft?.mask.name ?? '',
      ...(draft && { mask: draft.mask }),
    }))
    const seconds = options.awaitIndexSeconds ?? 0
    const index =
      context.index && seconds > 0
        ? await context.index.wait(
            items.map(({ systemId }) => systemId),
            seconds,
          )
        : undefined
    return { json: await this.#ports.renderer.renderSaved(items, render), ...(index && { index }) }
  }

  async #tried(context: Prepared, render: Parameters<SavedRenderer['renderUnsaved']>[1]): Promise<string> {
    const result = await this.#tryOut(context)
    if (context.problems.found.length > 0 || !result) throw new RequestRefused(context.problems.found)
    const json = await this.#ports.renderer.renderUnsaved(result.saved.map(unsavedItem), render)
    if (result.effects.length === 0) return json
    const effects = sideEffects(result.effects)
    const records = JSON.parse(json) as object[]
    return JSON.stringify(
      records.map((record, i) => {
        const own = effects.get(result.saved[i]?.draft?.index ?? -1)
        return own ? { ...record, _side_effects: own } : record
      }),
    )
  }

  async #storeAll(context: Prepared): Promise<SaveResult> {
    const fresh = context.drafts.all.filter(isNew)
    const lockToo = new Set<number>()
    const reserved = await this.#reserve(context.drafts)
    let created = await this.#withIds(fresh)
    for (let restart = 1; ; restart++) {
      try {
        return await this.#ports.store.transaction((tx) => runSave(tx, { ...context, created, reserved, lockToo: new Set(lockToo) }))
      } catch (error) {
        if (error instanceof MoreLocks) error.systemIds.forEach((id) => lockToo.add(id))
        else if (error instanceof IdsTaken) {
          await this.#settleTaken(created, context.problems)
          created = await this.#withIds(fresh)
        } else throw error
        if (restart === RESTARTS) fail('DatabaseLockError', { object: context.table.name }, { cause: error, retryable: true })
      }
    }
  }

  /** Ids for records that links wait for: one for each that is known by its UUID alone; chosen ones are never drawn later. */
  async #reserve({ all }: Drafts): Promise<readonly number[]> {
    const refs = deferredRefs(all)
    const highest = Math.max(0, ...refs.map(({ systemId }) => systemId ?? 0))
    if (highest > 0) await this.#ports.counters.advance(SYSTEM_IDS, highest)
    const unnamed = refs.filter(({ systemId }) => systemId === undefined).length
    return unnamed > 0 ? this.#ports.counters.draw(SYSTEM_IDS, unnamed) : []
  }

  async #withIds(fresh: readonly Draft[]): Promise<ReadonlyMap<Draft, NewRecord>> {
    const systemIds = await this.#draw(
      SYSTEM_IDS,
      fresh.map(({ systemId }) => systemId),
    )
    const objectIdsOf = new Map<Draft, number>()
    for (const [table, drafts] of byTable(fresh)) {
      const drawn = await this.#draw(
        objectIds(table),
        drafts.map(({ objectId }) => objectId),
      )
      drafts.forEach((draft, i) => objectIdsOf.set(draft, drawn[i] ?? 0))
    }
    return newRecords(fresh, (i, draft) => ({ systemId: systemIds[i] ?? 0, objectId: objectIdsOf.get(draft) ?? 0 }))
  }

  /** Chosen ids as they are, drawn ones for the others. */
  async #draw(kind: string, chosen: readonly (number | null)[]): Promise<number[]> {
    const highest = Math.max(0, ...chosen.map((id) => id ?? 0))
    if (highest > 0) await this.#ports.counters.advance(kind, highest)
    const missing = chosen.filter((id) => id === null).length
    const drawn = missing > 0 ? await this.#ports.counters.draw(kind, missing) : []
    let next = 0
    return chosen.map((id) => id ?? drawn[next++] ?? 0)
  }

  /** Refuses chosen ids that somebody has, and moves the counters past drawn ones that somebody has chosen. */
  async #settleTaken(created: ReadonlyMap<Draft, NewRecord>, problems: Problems): Promise<void> {
    for (const [table, drafts] of byTable([...created.keys()])) await this.#settleTable(table, drafts, created, problems)
  }

  async #settleTable(table: Table, drafts: readonly Draft[], created: ReadonlyMap<Draft, NewRecord>, problems: Problems): Promise<void> {
    const records = drafts.flatMap((draft) => created.get(draft) ?? [])
    const wanted = {
      systemIds: records.map((r) => r.systemId),
      tableId: table.id,
      objectIds: records.map((r) => r.objectId),
      uuids: records.map((r) => r.uuid),
    }
    const taken = await this.#ports.store.taken(wanted)
    for (const draft of drafts) {
      const holder = taken.find(
        (record) =>
          record.systemId === draft.systemId || record.uuid === draft.uuid || (record.tableId === table.id && record.objectId === draft.objectId),
      )
      if (!holder) continue
      const { name, where } = chosenId(draft, holder)
      problems.attempt(where, () => fail('DatabaseUniqueKeyViolation', { name, valuelinkedsystemobjectid: holder.systemId }))
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
    if (highest > 0) await this.#ports.counters.advance(kind, highest)
  }

  /** Undefined when the transaction could not go through to its end; the problems say why. */
  async #tryOut(context: Prepared): Promise<SaveResult | undefined> {
    const fresh = context.drafts.all.filter(isNew)
    // Somewhere far below zero, so that dry runs at the same time do not meet.
    const start = -randomInt(1, 2 ** 40)
    const created = newRecords(fresh, (i, draft) => ({ systemId: draft.systemId ?? start - i, objectId: draft.objectId ?? start - i }))
    const reserved = deferredRefs(context.drafts.all).map((_, i) => start - fresh.length - i)
    const lockToo = new Set<number>()
    for (let restart = 1; ; restart++) {
      let problems = context.problems.copy()
      try {
        return await this.#ports.store.transaction(async (tx) => {
          // After a lost race for locks this runs once more, and finds the same problems again.
          problems = context.problems.copy()
          throw new DryRunDone(await runSave(tx, { ...context, problems, created, reserved, lockToo: new Set(lockToo) }))
        })
      } catch (error) {
        if (error instanceof DryRunDone) return (context.problems.take(problems), error.result)
        if (error instanceof NeedsDecision || error instanceof DatamodelMoved) throw error
        if (error instanceof MoreLocks && restart < RESTARTS) error.systemIds.forEach((id) => lockToo.add(id))
        else {
          context.problems.take(problems)
          await this.#keepFailure(context, error, created)
          return undefined
        }
      }
    }
  }

  async #keepFailure({ problems }: Prepared, error: unknown, created: ReadonlyMap<Draft, NewRecord>): Promise<void> {
    try {
      if (error instanceof IdsTaken) await this.#settleTaken(created, problems)
      // Drawn numbers do not meet here, so ids that are taken are chosen ones, and have just been named.
      if (!(error instanceof IdsTaken) || problems.found.length === 0) throw error
    } catch (failure) {
      problems.keep('', failure)
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

/** What a confirmation holds for: the same records, saved in the same way. */
function digestOf(objecttype: string, body: readonly unknown[], options: SaveOptions): string {
  const {
    skipConstraints,
    skipReverseNested,
    skipBidirectionalUpdate = false,
    skipEvents = false,
    collection = null,
    collectionPolicy = null,
  } = options
  const ways = [skipConstraints, skipReverseNested, skipBidirectionalUpdate, skipEvents, collection, collectionPolicy]
  return createHash('sha256')
    .update(canonicalJson([objecttype, body, ...ways]))
    .digest('hex')
}

type Ids = Pick<NewRecord, 'systemId' | 'objectId'>

function newRecords(fresh: readonly Draft[], idsOf: (i: number, draft: Draft) => Ids): ReadonlyMap<Draft, NewRecord> {
  return new Map(fresh.map((draft, i) => [draft, { draft, tableId: draft.plan.table.id, uuid: draft.uuid ?? randomUUID(), ...idsOf(i, draft) }]))
}

function byTable(drafts: readonly Draft[]): ReadonlyMap<Table, Draft[]> {
  const tables = new Map<Table, Draft[]>()
  for (const draft of drafts) {
    const known = tables.get(draft.plan.table)
    if (known) known.push(draft)
    else tables.set(draft.plan.table, [draft])
  }
  return tables
}

function requireDistinctIds(drafts: readonly Draft[], problems: Problems): void {
  for (const name of ['objectId', 'systemId', 'uuid'] as const) {
    const seen = new Set<string>()
    for (const draft of drafts) {
      const id = draft[name]
      if (id === null) continue
      const key = name === 'objectId' ? `${draft.plan.table.id} ${id}` : String(id)
      if (seen.has(key))
        problems.attempt(draft.where, () => fail('SchemaInconsistent', { msg: `${draft.where}: the id ${id} stands twice in the request` }))
      seen.add(key)
    }
  }
}

/** The chosen id that somebody has: its name, and its place in the request. */
function chosenId({ systemId, uuid, at, where, plan }: Draft, holder: { readonly systemId: number; readonly uuid: string }) {
  if (holder.systemId === systemId) return { name: '_system_object_id', where: under(at, '_system_object_id') }
  if (holder.uuid === uuid) return { name: '_uuid', where: under(at, '_uuid') }
  return { name: `${plan.table.name}._id`, where: under(where, '_id') }
}

function unsavedItem({ row, draft, stored, table }: Change): UnsavedItem {
  const { schemaVersion: _, savedBy: __, tableId: ___, ...rest } = row
  const chosen = { systemId: stored?.systemId ?? draft?.systemId ?? null, objectId: stored?.objectId ?? draft?.objectId ?? null }
  if (!draft) throw new Error('only records of the request are answered')
  return { ...rest, ...chosen, table, mask: draft.mask }
}
