/** From drafts and stored records to changes: what each record shall be, and which records go because they were left out. */
import type { ReverseField, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { columnKey } from './content.ts'
import type { SystemIdOf } from './record-refs.ts'
import { aclOf } from './save-acl.ts'
import type { BaseRefs } from './save-base-refs.ts'
import { checkContent, contentOf } from './save-content.ts'
import type { Change, Removal, SaveContext } from './save-context.ts'
import { isNew, type Draft } from './save-draft.ts'
import { envelopeOf } from './save-envelope.ts'
import type { FoundFiles } from './save-files.ts'
import { insideKey, judged, type LockedRecords } from './save-lock.ts'
import { parentsOf } from './save-parents.ts'
import { sameRow } from './same-row.ts'
import type { RecordRow, StoredRecord } from './write-store.ts'

export interface Found {
  readonly refs: BaseRefs
  readonly systemIdOf: SystemIdOf
  readonly files: FoundFiles
  readonly locked: LockedRecords
}

/** Changes of all drafts, the request's own first and in its order. */
export function changesOf(context: SaveContext, found: Found): readonly Change[] {
  const builder = new ChangeBuilder(context, found)
  return context.drafts.all.flatMap((draft) => context.problems.attempt(draft.where, () => builder.change(draft)) ?? [])
}

class ChangeBuilder {
  readonly #context: SaveContext
  readonly #found: Found
  readonly #seen = new Set<number>()
  /** Rows by draft, for the records that stand inside them. */
  readonly #rows = new Map<Draft, RecordRow>()

  constructor(context: SaveContext, found: Found) {
    this.#context = context
    this.#found = found
  }

  change(draft: Draft): Change | undefined {
    const master = this.#context.drafts.masters.get(draft)
    // Nothing can be said of what stands inside a record that is refused itself.
    if (master && !this.#rows.has(master.draft)) return undefined
    if (draft.self && this.#context.problems.knows(draft.self.where)) return undefined
    const stored = isNew(draft) ? undefined : this.#storedOf(draft, master !== undefined)
    const origin = master ? 'reverse' : 'request'
    const { plan, where } = draft
    if (stored && master && draft.mode === 'update' && draft.version === stored.version) {
      this.#rows.set(draft, keptRow(stored))
      this.#requireInside(draft, stored)
      return { table: plan.table, origin, where, draft, stored, row: keptRow(stored), unchanged: true }
    }
    const row = this.#placed(draft, this.#rowOf(draft, stored))
    this.#rows.set(draft, row)
    const unchanged = stored !== undefined && draft.mode === 'merge' && sameRow(stored, row)
    return { table: plan.table, origin, where, draft, stored, row: unchanged && stored ? keptRow(stored) : row, unchanged }
  }

  /** A record inside another one that comes back with its stored version is one to keep, and was not changed. */
  #storedOf(draft: Draft, isInside: boolean): StoredRecord {
    const stored = this.#found.locked.of(draft)
    const isMarker = isInside && stored !== undefined && draft.version === stored.version
    return judged(isMarker ? { ...draft, version: draft.version + 1 } : draft, stored, this.#seen)
  }

  #requireInside(draft: Draft, stored: StoredRecord): void {
    const master = this.#context.drafts.masters.get(draft)
    const owner = master && this.#rows.get(master.draft)
    if (!master || !owner || standsIn(master.field, stored, owner.systemId)) return
    fail('SchemaInconsistent', { msg: `${draft.where}: the record does not stand here; send its next version to move it` })
  }

  #rowOf(draft: Draft, stored: StoredRecord | undefined): RecordRow {
    const { caller, datamodel, now, skipConstraints, problems, created, places } = this.#context
    const { refs, systemIdOf, files } = this.#found
    const identity = stored ?? created.get(draft) ?? fail('LookupNotFound', { key: '_id', value: String(draft.objectId) })
    const { systemId, tableId, objectId, uuid } = identity
    const content = contentOf(draft, stored?.content, { systemIdOf, entriesOf: files.entriesOf, freeUuids: skipConstraints, problems })
    return {
      ...{ systemId, tableId, objectId, uuid },
      ...envelopeOf(draft, stored, { caller, now, refs, places, skipConstraints, problems, pool: this.#masterPool(draft) }),
      ...parentsOf(draft, stored, systemIdOf),
      ...aclOf(draft, stored),
      version: stored ? stored.version + 1 : 1,
      schemaVersion: datamodel.version,
      savedBy: caller.userId,
      comment: draft.comment,
      systemTags: [],
      content,
    }
  }

  /** A new record inside another one is put into the same pool unless it names one itself. */
  #masterPool(draft: Draft): number | null {
    const master = this.#context.drafts.masters.get(draft)
    return (master && this.#rows.get(master.draft)?.poolId) ?? null
  }

  /** The link to the record around it goes without saying. */
  #placed(draft: Draft, row: RecordRow): RecordRow {
    const master = this.#context.drafts.masters.get(draft)
    const owner = master && this.#rows.get(master.draft)
    const placed = master && owner ? linkedTo(master.field, row, owner.systemId) : row
    if (!this.#context.skipConstraints) checkContent(draft.plan.table, placed.content, draft.where, this.#context.problems)
    return placed
  }
}

/** A record that stays as it is, in the form of one that is stored. */
const keptRow = (stored: StoredRecord): RecordRow => ({ ...stored, savedBy: 0, comment: null })

function standsIn({ slot }: ReverseField, { content, parentId, parents }: StoredRecord, ownerId: number): boolean {
  if (slot.column) return (content[columnKey(slot.column)] as { s?: number } | undefined)?.s === ownerId
  return slot.table.polyhierarchical ? parents.includes(ownerId) : parentId === ownerId
}

function linkedTo({ slot }: ReverseField, row: RecordRow, ownerId: number): RecordRow {
  if (slot.column) return { ...row, content: { ...row.content, [columnKey(slot.column)]: { s: ownerId } } }
  if (!slot.table.polyhierarchical) return { ...row, parentId: ownerId }
  return row.parents.includes(ownerId) ? row : { ...row, parents: [...row.parents, ownerId] }
}

/** Records that stood inside a changed one and were left out of it. */
export function removalsOf(changes: readonly Change[], { locked }: Found): readonly Removal[] {
  const kept = new Set(changes.map(({ row }) => row.systemId))
  return changes.flatMap(({ draft, stored }) =>
    !draft || !stored
      ? []
      : draft.reverse.flatMap(({ field, where }) => {
          const inside = locked.inside.get(insideKey(stored.systemId, { columnId: field.slot.column?.id ?? null })) ?? []
          const missing = inside.filter(({ systemId }) => !kept.has(systemId))
          return missing.map((record): Removal => removal(field.slot.table, where, record, field, stored))
        }),
  )
}

const removal = (table: Table, where: string, stored: StoredRecord, field: ReverseField, owner: StoredRecord): Removal => ({
  ...{ table, where, stored, field },
  comment: `<reverse nested delete: ${owner.systemId}>`,
})

/** A slot that needs a record, and has none after the save. */
export function requireFilledSlots(changes: readonly Change[], removals: readonly Removal[], context: SaveContext, { locked }: Found): void {
  const gone = new Set(removals.map(({ stored }) => stored.systemId))
  for (const { table, draft, where, stored, row } of changes) {
    if (!draft || context.skipReverse) continue
    for (const slot of table.reverse) {
      if (!slot.notNull) continue
      const sent = draft.reverse.find(({ field }) => field.slot === slot)
      if (!sent && stored) continue
      const key = insideKey(row.systemId, { columnId: slot.column?.id ?? null })
      const remains = (locked.inside.get(key) ?? []).some(({ systemId }) => !gone.has(systemId))
      if (!remains && !sent?.rows.length)
        context.problems.attempt(where, () => refuse(where, `at least one record of ${slot.table.name} has to stand inside it`))
    }
  }
}

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })
