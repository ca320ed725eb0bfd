/**
 * One save inside its transaction: find what the records name, lock what they change, work out what is stored, and write it.
 * Statements that do not need each other's answers are started together. The order of locks is the same for everybody: changed
 * records by system id, then link targets by system id, then unique values by key.
 */
import type { Datamodel, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { requireBothSides } from './bidirectional.ts'
import { resolveRefs, type NewRecord } from './record-refs.ts'
import type { RecordRef } from './record-ref.ts'
import { requireRecordRight } from './record-rights.ts'
import { resolveBaseRefs } from './save-base-refs.ts'
import { contentOf } from './save-content.ts'
import type { Draft, ParsedRow } from './save-draft.ts'
import { envelopeOf, type EnvelopeOptions } from './save-envelope.ts'
import { writeSaved } from './save-write.ts'
import { together } from './together.ts'
import type { RecordRow, RecordTransaction, StoredRecord } from './write-store.ts'

export interface SaveContext {
  readonly caller: Caller
  readonly datamodel: Datamodel
  readonly table: Table
  readonly drafts: readonly Draft[]
  readonly created: ReadonlyMap<Draft, NewRecord>
  readonly now: Date
  readonly skipConstraints: boolean
  readonly skipBidirectionalUpdate: boolean
}
/** A record as it shall be stored, beside what was stored before. */
export interface SavedRow {
  readonly draft: Draft
  readonly row: RecordRow
  readonly stored: StoredRecord | undefined
}

export async function runSave(tx: RecordTransaction, context: SaveContext): Promise<readonly SavedRow[]> {
  const { drafts, created, caller, now, skipConstraints } = context
  const [refs, systemIdOf, storedOf] = await together([
    resolveBaseRefs(tx, drafts),
    resolveRefs(tx, drafts.flatMap(refsOf), [...created.values()]),
    lockChanged(tx, context),
  ])
  const options = { systemIdOf, refs, caller, now, skipConstraints, freeUuids: skipConstraints }
  const rows = drafts.map((draft) => {
    const stored = draft.isNew ? undefined : storedOf(draft)
    return { draft, stored, row: rowOf(draft, stored, context, options) }
  })
  if (!context.skipBidirectionalUpdate) requireBothSides(context.datamodel.model, context.table, rows)
  await writeSaved(tx, context, rows)
  return rows
}

/** Everything that the record's fields and its parent name. */
function refsOf(draft: Draft): RecordRef[] {
  const refs: RecordRef[] = draft.parent ? [draft.parent] : []
  collectLinks(draft, refs)
  return refs
}

function collectLinks(row: ParsedRow, refs: RecordRef[]): void {
  for (const [column, value] of row.columns) if (column.type === 'link') refs.push(value as RecordRef)
  for (const rows of row.nested.values()) for (const nested of rows) collectLinks(nested, refs)
}

/** Locks the records to change and answers each one's stored state, with its version judged. */
async function lockChanged(tx: RecordTransaction, { drafts, table, caller }: SaveContext): Promise<(draft: Draft) => StoredRecord> {
  const changes = drafts.filter(({ isNew }) => !isNew)
  if (changes.length === 0) return absent
  const selves = changes.flatMap(({ self }) => (self ? [self] : []))
  const found = await resolveRefs(tx, selves, [])
  const systemIds = selves.map(found)
  const objectIds = changes.flatMap(({ self, objectId }) => (self || objectId === null ? [] : [objectId]))
  const locked =
    systemIds.length === 0
      ? await tx.lockObjectsForChange(table.id, objectIds)
      : await tx.lockForChange([...systemIds, ...(await systemIdsOf(tx, table, objectIds))])
  const bySystemId = new Map(locked.map((record) => [record.systemId, record]))
  const byObject = new Map(locked.map((record) => [record.objectId, record]))
  const seen = new Set<number>()
  const stored = new Map<Draft, StoredRecord>()
  for (const draft of changes) {
    const record = draft.self ? bySystemId.get(found(draft.self)) : byObject.get(draft.objectId ?? 0)
    stored.set(draft, judged(draft, record, seen))
    requireRecordRight(caller, table, 'write', record?.systemId)
  }
  return (draft) => stored.get(draft) ?? absent(draft)
}

const absent = (draft: Draft): never => fail('LookupNotFound', { key: '_id', value: String(draft.objectId) })

/** One order of locks for all, so records named in different ways are locked by one statement. */
async function systemIdsOf(tx: RecordTransaction, table: Table, objectIds: readonly number[]): Promise<number[]> {
  if (objectIds.length === 0) return []
  const found = await tx.findRecords({ systemIds: [], uuids: [], objects: objectIds.map((objectId) => ({ tableId: table.id, objectId })) })
  return found.map(({ systemId }) => systemId)
}

function judged(draft: Draft, stored: StoredRecord | undefined, seen: Set<number>): StoredRecord {
  if (!stored) return absent(draft)
  const refuse = (msg: string) => fail('SchemaInconsistent', { msg: `${draft.where}: ${msg}` })
  if (seen.has(stored.systemId)) refuse('the record stands twice in the request')
  seen.add(stored.systemId)
  if (draft.objectId !== null && draft.objectId !== stored.objectId) refuse('_id and lookup:_id name different records')
  if (draft.systemId !== null && draft.systemId !== stored.systemId) refuse('_system_object_id never changes')
  if (draft.uuid !== null && draft.uuid !== stored.uuid) refuse('_uuid never changes')
  const expected = stored.version + 1
  if (draft.version !== expected)
    fail('VersionMismatch', { currentversion: stored.version, receivedversion: draft.version, expectedversion: expected })
  return stored
}

/** Behind a mask that hides the parent, saying nothing about it is no wish to leave it. */
const keepsParent = ({ parent, mask }: Draft) => parent === undefined && !mask.system.parent.shown

type RowOptions = EnvelopeOptions & Parameters<typeof contentOf>[2]

function rowOf(draft: Draft, stored: StoredRecord | undefined, context: SaveContext, options: RowOptions): RecordRow {
  const identity = stored ?? context.created.get(draft) ?? absent(draft)
  const { systemId, tableId, objectId, uuid } = identity
  return {
    ...{ systemId, tableId, objectId, uuid },
    ...envelopeOf(draft, stored, options),
    version: draft.version,
    schemaVersion: context.datamodel.version,
    savedBy: context.caller.userId,
    comment: draft.comment,
    parentId: draft.parent ? options.systemIdOf(draft.parent) : keepsParent(draft) ? (stored?.parentId ?? null) : null,
    parents: stored?.parents ?? [],
    childIdx: stored?.childIdx ?? null,
    acl: stored?.acl ?? null,
    privateAcl: stored?.privateAcl ?? false,
    systemTags: [],
    content: contentOf(draft, stored?.content, options),
  }
}
