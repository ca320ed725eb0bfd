/**
 * The datamodel of one instance: committed versions for everybody, one working copy for those who change it.
 *
 * Writers of the working copy run one after the other. Each document carries a `revision` that counts its saves; a client
 * that sends back an older one than is stored has not seen the latest changes and is refused. A client that sends none
 * overwrites, which is what importers want.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { fail } from '../errors.ts'
import type { EventActor } from '../events/new-event.ts'
import { removedObjecttypes, typeChanges, needsReindex } from './changes.ts'
import { commitDialogue, type Dialogue } from './commit-dialogue.ts'
import { compileDatamodel, type VersionDocuments } from './compile-datamodel.ts'
import type { DatamodelState, DatamodelStore, DatamodelTransaction } from './datamodel-store.ts'
import type { Datamodels } from './datamodels.ts'
import { refuse, type MaskDocument, type SchemaDocument, type SchemaTable, type Translations } from './documents.ts'
import type { Datamodel } from './model.ts'
import { masksNamed, presentMasks, presentSchema } from './present.ts'
import { drawSchema } from './schema-graph.ts'
import { SchemaIndex } from './schema-index.ts'
import { carryTranslations, cleanTranslations, completeTranslations, translationKeys } from './translations.ts'
import { settleRecords } from './settle-records.ts'
import { fitMasks, normaliseMasks, validatePreferred } from './validate-masks.ts'
import { normaliseSchema } from './validate-schema.ts'
import { ViolationMarks } from './violation-marks.ts'
import type { ViolationStore } from './violation-store.ts'

export type Reindex = 'skip' | 'reindex' | 'reindex_block'
/** Old versions are needed to read old records; no more than this many stay compiled. */
const KEPT_VERSIONS = 24
const HIGHEST_VERSION = 2 ** 31 - 1

/** So long a commit waits for its records to be judged; with more of them the rest goes on after the answer. */
const JUDGE_PATIENCE_MS = 5000

export interface DatamodelPorts {
  readonly store: DatamodelStore
  readonly violations: ViolationStore
  /** Told when records could not be judged after a commit. It is tried again with the next commit, and by `resume`. */
  readonly onJudgeFailed: (error: unknown) => void
}

export class DatamodelService implements Datamodels {
  readonly marks: ViolationMarks
  readonly #store: DatamodelStore
  readonly #onJudgeFailed: (error: unknown) => void
  readonly #touched = new Set<number>()
  #isJudging = false
  /** In the order of use: the first is the one that was left alone the longest. */
  readonly #compiled = new Map<number, Promise<Datamodel>>()

  constructor({ store, violations, onJudgeFailed }: DatamodelPorts) {
    this.#store = store
    this.marks = new ViolationMarks(violations, this)
    this.#onJudgeFailed = onJudgeFailed
  }

  currentVersion(): Promise<number> {
    return this.#store.currentVersion()
  }

  committed(version: number): Promise<Datamodel> {
    const known = this.#compiled.get(version)
    const datamodel = known ?? this.#compile(version)
    this.#compiled.delete(version)
    this.#compiled.set(version, datamodel)
    if (this.#compiled.size > KEPT_VERSIONS) this.#compiled.delete(this.#compiled.keys().next().value ?? version)
    return datamodel
  }

  #compile(version: number): Promise<Datamodel> {
    const datamodel = this.documents(String(version)).then(compileDatamodel)
    // A failure is not remembered: the version may be committed a moment later.
    datamodel.catch(() => this.#compiled.delete(version))
    return datamodel
  }

  /** `HEAD`, `CURRENT` or a number. Without a working copy, HEAD is the newest commit. */
  async documents(label: string): Promise<VersionDocuments> {
    const found =
      label === 'HEAD' || label === 'CURRENT'
        ? await this.#store.find(label)
        : Number(label) <= HIGHEST_VERSION
          ? await this.#store.find(Number(label))
          : null
    if (found) return found
    return label === 'HEAD' ? this.documents('CURRENT') : fail('DatamodelVersionNotFound', { version: label })
  }

  async schema(label: string): Promise<SchemaDocument> {
    return presentSchema(await this.documents(label))
  }

  /** The schema drawn as a picture, with the number it belongs to. */
  async drawing(label: string): Promise<{ svg: string; version: number }> {
    const { schema, version } = await this.documents(label)
    return { svg: drawSchema(schema), version }
  }

  saveSchema(sent: SchemaDocument): Promise<SchemaDocument> {
    return this.#store.change('edit', async (state, tx) => {
      const base = workingCopy(state)
      const revision = nextRevision(sent, base.schema)
      const schema = { ...normaliseSchema(sent, { current: state.current.schema, head: state.head?.schema ?? null }), revision }
      await demandFits(state.current.schema, schema, tx)
      const masks = fitMasks(base.masks, schema)
      const translations = carryTranslations(base.translations, translationKeys(base.schema, base.masks), translationKeys(schema, masks))
      const head = { version: base.version, schema, masks, translations }
      await tx.saveHead(head)
      return presentSchema({ ...head, committedAt: null })
    })
  }

  async masks(label: string, long: boolean): Promise<MaskDocument> {
    const documents = await this.documents(label)
    return presentMasks(documents, documents.masks.masks, long)
  }

  async mask(label: string, name: string, long: boolean): Promise<MaskDocument> {
    const documents = await this.documents(label)
    const masks = masksNamed(documents, name)
    if (masks.length === 0 && name !== '_all_fields') fail('ResourceNotFound', { resource: `mask:${name}` })
    return presentMasks(documents, masks, long)
  }

  saveMasks(sent: MaskDocument): Promise<{ masks: MaskDocument; cacheId: string }> {
    return this.#store.change('edit', async (state, tx) => {
      const base = workingCopy(state)
      const revision = nextRevision(sent, base.masks)
      const masks = { ...normaliseMasks(sent, { schema: base.schema, current: state.current.masks, head: base.masks }), revision }
      const translations = carryTranslations(base.translations, translationKeys(base.schema, base.masks), translationKeys(base.schema, masks))
      const head = { ...base, masks, translations }
      await tx.saveHead(head)
      return { masks: presentMasks(head, masks.masks, false), cacheId: `${base.version}-${revision}` }
    })
  }

  async translations(label: string): Promise<Translations> {
    const { schema, masks, translations } = await this.documents(label)
    return completeTranslations(translations, translationKeys(schema, masks))
  }

  saveTranslations(sent: Translations): Promise<Translations> {
    return this.#store.change('edit', async (state, tx) => {
      const base = workingCopy(state)
      const keys = translationKeys(base.schema, base.masks)
      const translations = cleanTranslations(sent, keys)
      await tx.saveHead({ ...base, translations })
      return completeTranslations(translations, keys)
    })
  }

  /**
   * Puts the working copy into force, or answers what has to be decided first. Of several commits at once one finds the
   * working copy, the others find none and fail. Records that break a rule are marked, never refused or changed.
   */
  async commit(answers: { reindex: Reindex | undefined; confirmed: boolean; actor?: EventActor }): Promise<Dialogue | null> {
    let leavesUnjudged = false
    const question = await this.#store.change('commit', async ({ current, head }, tx) => {
      if (!head) return refuse(`there is nothing to commit: no changes were made since version ${current.version}`)
      await demandFits(current.schema, head.schema, tx)
      validatePreferred(head.masks.masks, head.schema)
      const undecided = answers.reindex === undefined && needsReindex(current, head)
      if (undecided || !answers.confirmed) return commitDialogue(head.version, undecided)
      leavesUnjudged = await settleRecords(current.schema, head.schema, tx)
      const committedAt = await tx.commitHead(head.version)
      const info = { version: head.version, committed_at: committedAt.toISOString() }
      await tx.recordEvents([{ type: 'DATAMODEL_COMMIT', schemaVersion: head.version, info }], answers.actor ?? null)
      // The index is not part of this server yet: this is where its renewal is handed to the job queue, and where clients are
      // locked out for `reindex_block`. Until then every answer to that question leaves nothing to do.
      return null
    })
    if (leavesUnjudged) await this.#forAWhile(this.marks.judge())
    return question
  }

  /** Records that can carry tags are judged anew, for their groups have changed. Waits no longer than a commit does. */
  judgeTagged(): Promise<void> {
    return this.#forAWhile(this.marks.recheckTagged())
  }

  /**
   * Records of these types that share a value of a unique key are judged anew, because one of them has changed. Nobody waits;
   * wishes that come meanwhile are taken together. Should the server stop before, the marks are out of date until the next one
   * of those records changes, or the next commit that changes a rule of the type.
   */
  judgeShared(tableIds: readonly number[]): void {
    for (const tableId of tableIds) this.#touched.add(tableId)
    if (!this.#isJudging) void this.#judgeTouched()
  }

  async #judgeTouched(): Promise<void> {
    this.#isJudging = true
    try {
      while (this.#touched.size > 0) {
        const tableIds = [...this.#touched]
        this.#touched.clear()
        await this.marks.recheck(tableIds, 'marked')
      }
    } catch (error) {
      this.#onJudgeFailed(error)
    } finally {
      this.#isJudging = false
    }
  }

  /** Goes on with what was left when a server stopped in the middle. */
  resume(): void {
    void this.marks.judge().catch(this.#onJudgeFailed)
  }

  /** What asked for the judging is done and stays done, whatever happens here. */
  async #forAWhile(judging: Promise<void>): Promise<void> {
    const waiting = new AbortController()
    const patience = pause(JUDGE_PATIENCE_MS, undefined, { signal: waiting.signal, ref: false }).catch(() => undefined)
    await Promise.race([judging.catch(this.#onJudgeFailed), patience])
    waiting.abort()
  }
}

/** The working copy, or what it starts from: the newest commit under the next number. */
function workingCopy({ current, head }: DatamodelState): VersionDocuments {
  if (head) return head
  const version = current.version + 1
  return {
    ...current,
    version,
    committedAt: null,
    schema: { ...current.schema, version, based_on_version: current.version },
    masks: { ...current.masks, version, based_on_schema_version: version },
  }
}

function nextRevision(sent: SchemaDocument | MaskDocument, stored: SchemaDocument | MaskDocument): number {
  const revision = stored['revision'] ?? 0
  const seen = sent['revision']
  if (typeof seen === 'number' && seen !== revision)
    refuse(`somebody else has changed the working copy: its revision is ${revision}, not ${seen}; read it again`)
  return revision + 1
}

/**
 * What only the records can tell. Records in the trash count: they can be brought back, and until they are purged a removal
 * would make that impossible.
 */
async function demandFits(current: SchemaDocument, head: SchemaDocument, tx: DatamodelTransaction): Promise<void> {
  const removed = removedObjecttypes(current, head)
  const counts = removed.length > 0 ? await tx.countRecords(removed.map((table) => table.table_id ?? 0)) : new Map()
  if (counts.size > 0) {
    const stats = removed.flatMap((table) => (counts.has(table.table_id ?? 0) ? [[table.name, counts.get(table.table_id ?? 0)]] : []))
    fail('ObjecttypeNotEmpty', { stats: Object.fromEntries(stats) as Record<string, unknown> })
  }
  for (const change of typeChanges(current, head)) {
    const { tableId, path } = placeOf(current, change.columnId)
    if (await tx.holdsValues(tableId, path)) fail('TypeChangeUnsupported', { column: change.name, current: change.from, head: change.to })
  }
}

/** Where the values of a column are stored: in records of which type, below which nested tables. */
function placeOf(schema: SchemaDocument, columnId: number): { tableId: number; path: string[] } {
  const index = new SchemaIndex(schema)
  const place = index.place(columnId) ?? refuse(`there is no column with the id ${columnId}`)
  const path = [String(columnId)]
  let table: SchemaTable = place.table
  while (table.owned_by) {
    path.unshift(`t${table.table_id}`)
    table = index.table({ id: table.owned_by.other_table_id, name: undefined }, table.name)
  }
  return { tableId: table.table_id ?? 0, path }
}
