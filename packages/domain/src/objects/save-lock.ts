/**
 * Which stored records a save changes, found without a lock and then locked by one statement in ascending order of their system
 * ids, so that two saves never wait for each other in a circle. What turns out to be missing afterwards makes the save
 * start over with a larger set.
 */
import type { Column } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { mirrorsOf, objecttypeOfColumn } from './mirrors.ts'
import { resolveRefs, type SystemIdOf } from './record-refs.ts'
import type { RecordRef } from './record-ref.ts'
import { MoreLocks, type SaveContext } from './save-context.ts'
import { isNew, type Draft } from './save-draft.ts'
import type { RecordTransaction, ReverseRow, ReverseSlotRef, StoredRecord } from './write-store.ts'

export interface LockedRecords {
  /** The stored record of a change; undefined where there is none to change, which is a problem that was kept. */
  of(draft: Draft): StoredRecord | undefined
  readonly byId: ReadonlyMap<number, StoredRecord>
  /** Records that stand inside others now, by the slot they stand in: `<system id of the owner> <slot>`. */
  readonly inside: ReadonlyMap<string, readonly StoredRecord[]>
}

export const insideKey = (ownerId: number, { columnId }: Pick<ReverseSlotRef, 'columnId'>) => `${ownerId} ${columnId ?? 'children'}`

export async function lockRecords(tx: RecordTransaction, context: SaveContext, systemIdOf: SystemIdOf): Promise<LockedRecords> {
  const changed = context.drafts.all.filter((draft) => !isNew(draft))
  const slots = slotsOf(context)
  const mirrored = context.skipBidirectionalUpdate ? [] : mirroredColumns(context)
  if (changed.length === 0 && mirrored.length === 0 && context.lockToo.size === 0) return lockedOf([], new Map(), [])
  const isSimple = slots.length === 0 && mirrored.length === 0 && context.lockToo.size === 0 && changed.every(isPlain(context))
  if (isSimple) return lockedOf(await tx.lockObjectsForChange(context.table.id, objectIdsOf(changed)), new Map(), [])
  return lockMany(tx, context, { changed, slots, mirrored, systemIdOf })
}

const isPlain =
  ({ table }: SaveContext) =>
  (draft: Draft): boolean =>
    draft.self === null && draft.plan.table === table
const objectIdsOf = (drafts: readonly Draft[]) => drafts.flatMap(({ objectId }) => (objectId === null ? [] : [objectId]))

interface Wanted {
  readonly changed: readonly Draft[]
  readonly slots: readonly (ReverseSlotRef & { readonly draft: Draft })[]
  readonly mirrored: readonly Column[]
  readonly systemIdOf: SystemIdOf
}

async function lockMany(tx: RecordTransaction, context: SaveContext, { changed, slots, mirrored, systemIdOf }: Wanted): Promise<LockedRecords> {
  const found = await findChanged(tx, changed, context)
  const places = slots.flatMap(({ draft, ...slot }) => {
    const ownerId = found.get(draft)
    return ownerId === undefined ? [] : [{ ...slot, ownerId }]
  })
  const columnIds = mirrored.map(({ id }) => id)
  const [inside, partners] = await Promise.all([
    places.length > 0 ? tx.reverseRows(places) : [],
    columnIds.length > 0 ? tx.linkedFrom([...found.values()], columnIds) : [],
  ])
  const newPartners = mirrored.length > 0 ? newTargets(context, mirrored, systemIdOf) : []
  const wanted = new Set([...found.values(), ...inside.map(({ systemId }) => systemId), ...partners, ...newPartners, ...context.lockToo])
  const records = await tx.lockForChange([...wanted].filter((id) => id > 0))
  // What has come to stand inside one of them meanwhile belongs to the reconciliation as well.
  const insideNow = places.length > 0 ? await tx.reverseRows(places) : []
  const late = insideNow.filter(({ systemId }) => !wanted.has(systemId))
  if (late.length > 0) throw new MoreLocks(late.map(({ systemId }) => systemId))
  return lockedOf(records, found, insideNow)
}

/** System ids of the records to change, whichever way they are named. */
async function findChanged(tx: RecordTransaction, changed: readonly Draft[], { problems }: SaveContext): Promise<ReadonlyMap<Draft, number>> {
  const selves = changed.flatMap(({ self }) => (self ? [self] : []))
  const objects = changed.flatMap(({ self, objectId, plan }) => (self || objectId === null ? [] : [{ tableId: plan.table.id, objectId }]))
  const [bySelf, records] = await Promise.all([
    resolveRefs(tx, selves, { created: [], problems, reserved: [] }),
    objects.length > 0 ? tx.findRecords({ systemIds: [], uuids: [], objects }) : [],
  ])
  const byObject = new Map(records.map((record) => [`${record.tableId} ${record.objectId}`, record.systemId]))
  const found = new Map<Draft, number>()
  for (const draft of changed) {
    const systemId = draft.self ? bySelf(draft.self) : byObject.get(`${draft.plan.table.id} ${draft.objectId}`)
    if (systemId !== undefined) found.set(draft, systemId)
  }
  return found
}

/** The slots whose records are reconciled with the request: those that were sent in records that exist. */
function slotsOf({ drafts }: SaveContext): Wanted['slots'] {
  return drafts.all.flatMap((draft) =>
    isNew(draft)
      ? []
      : draft.reverse.map(({ field: { slot } }) => ({
          draft,
          tableId: slot.table.id,
          columnId: slot.column?.id ?? null,
          polyhierarchical: slot.column === null && slot.table.polyhierarchical,
        })),
  )
}

function mirroredColumns({ datamodel, drafts }: SaveContext): readonly Column[] {
  const mirrors = mirrorsOf(datamodel.model)
  if (mirrors.size === 0) return []
  const tables = new Set(drafts.all.map(({ plan }) => plan.table))
  return [...mirrors.keys()].filter((column) => tables.has(objecttypeOfColumn(column)))
}

function newTargets({ drafts }: SaveContext, mirrored: readonly Column[], systemIdOf: SystemIdOf): number[] {
  const targets: number[] = []
  const collect = (row: Pick<Draft, 'columns' | 'nested'>): void => {
    for (const column of mirrored) {
      const ref = row.columns.get(column) as RecordRef | undefined
      const systemId = ref && systemIdOf(ref)
      if (systemId !== undefined) targets.push(systemId)
    }
    for (const rows of row.nested.values()) rows.forEach(collect)
  }
  drafts.all.forEach(collect)
  return targets
}

function lockedOf(records: readonly StoredRecord[], found: ReadonlyMap<Draft, number>, inside: readonly ReverseRow[]): LockedRecords {
  const byId = new Map(records.map((record) => [record.systemId, record]))
  const byObject = new Map(records.map((record) => [`${record.tableId} ${record.objectId}`, record]))
  const groups = new Map<string, StoredRecord[]>()
  for (const row of inside) {
    const record = byId.get(row.systemId)
    if (record) groups.set(insideKey(row.ownerId, row), [...(groups.get(insideKey(row.ownerId, row)) ?? []), record])
  }
  const of = (draft: Draft) => {
    const systemId = found.get(draft)
    return systemId === undefined ? byObject.get(`${draft.plan.table.id} ${draft.objectId}`) : byId.get(systemId)
  }
  return { of, byId, inside: groups }
}

/** The stored record of a change, with its version judged; records that nobody may change twice in one request. */
export function judged(draft: Draft, stored: StoredRecord | undefined, seen: Set<number>): StoredRecord {
  if (!stored) return fail('LookupNotFound', { key: '_id', value: String(draft.objectId) })
  const refuse = (msg: string) => fail('SchemaInconsistent', { msg: `${draft.where}: ${msg}` })
  if (seen.has(stored.systemId)) refuse('the record stands twice in the request')
  seen.add(stored.systemId)
  if (draft.objectId !== null && draft.objectId !== stored.objectId) refuse('_id and lookup:_id name different records')
  if (draft.systemId !== null && draft.systemId !== stored.systemId) refuse('_system_object_id never changes')
  if (draft.uuid !== null && draft.uuid !== stored.uuid) refuse('_uuid never changes')
  if (draft.mode === 'update' && draft.version !== stored.version + 1)
    fail('VersionMismatch', { currentversion: stored.version, receivedversion: draft.version, expectedversion: stored.version + 1 })
  return stored
}
