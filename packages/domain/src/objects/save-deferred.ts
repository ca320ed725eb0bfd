/**
 * Records that come under a name which links have been waiting for. A new record that brings its UUID takes the id that was kept
 * for it, and one that brings an id of its own has the links led there; who waits and who comes take turns by the name.
 */
import { fail } from '../errors.ts'
import { mirrorsOf, objecttypeOfColumn } from './mirrors.ts'
import type { NewRecord } from './record-refs.ts'
import type { RecordRef } from './record-ref.ts'
import type { AwaitedLink, SaveContext } from './save-context.ts'
import { isNew, type Draft, type ParsedRow } from './save-draft.ts'
import { refuseValue } from './save-write.ts'
import { together } from './together.ts'
import { uniqueRowsOf } from './unique.ts'
import type { Ghost, IdentityNames, RecordTransaction } from './write-store.ts'

const byUuid = (uuid: string) => `uuid ${uuid}`
const bySystemId = (systemId: number) => `id ${systemId}`

export function identityNames({ drafts }: Pick<SaveContext, 'drafts'>): IdentityNames {
  const made = drafts.all.filter(isNew).flatMap(({ systemId, uuid }) => namesOf(systemId, uuid))
  const awaited = deferredRefs(drafts.all).flatMap(({ systemId, uuid }) => namesOf(systemId ?? null, uuid ?? null))
  return { made, awaited }
}

const namesOf = (systemId: number | null, uuid: string | null) => [
  ...(systemId === null ? [] : [bySystemId(systemId)]),
  ...(uuid === null ? [] : [byUuid(uuid)]),
]

/** Links of a request that may lead to a record which does not exist yet. */
export function deferredRefs(drafts: readonly Draft[]): RecordRef[] {
  const refs: RecordRef[] = []
  const collect = (row: ParsedRow): void => {
    for (const [column, value] of row.columns) if (column.type === 'link' && (value as RecordRef).defer) refs.push(value as RecordRef)
    for (const rows of row.nested.values()) rows.forEach(collect)
    for (const pairs of row.edit?.matches.values() ?? []) for (const pair of pairs) [pair.match, pair.merge].forEach(collect)
  }
  drafts.forEach(collect)
  return refs
}

/** The same context, in which new records have the ids that were kept for them. */
export async function claimIdentities(tx: RecordTransaction, context: SaveContext): Promise<SaveContext> {
  const fresh = [...context.created.values()]
  const chosen = fresh.filter(({ draft }) => draft.systemId !== null || draft.uuid !== null)
  const ghosts = await tx.ghosts({
    systemIds: chosen.flatMap(({ draft: { systemId } }) => systemId ?? []),
    uuids: chosen.flatMap(({ draft: { uuid } }) => uuid ?? []),
  })
  if (ghosts.length === 0) return context
  const byId = new Map(ghosts.map((ghost) => [ghost.systemId, ghost]))
  const byName = new Map(ghosts.flatMap((ghost) => (ghost.uuid === null ? [] : [[ghost.uuid, ghost] as const])))
  const created = new Map(context.created)
  const moves: { from: number; to: number }[] = []
  for (const record of chosen) {
    const { draft } = record
    const named = draft.uuid === null ? undefined : byName.get(draft.uuid)
    const numbered = draft.systemId === null ? undefined : byId.get(draft.systemId)
    context.problems.attempt(draft.where, () => {
      for (const ghost of [named, numbered]) if (ghost) requireSame(ghost, record)
      if (!named || named.systemId === record.systemId) return
      if (draft.systemId === null) created.set(draft, { ...record, systemId: named.systemId })
      else moves.push({ from: named.systemId, to: draft.systemId })
    })
  }
  const [holders] = await together([tx.relink(moves), tx.dropGhosts([...byId.keys()])])
  if (holders.length > 0) await renewUniques(tx, holders, context)
  const claimed = [...created.values()].filter(({ systemId, uuid }) => byId.has(systemId) || byName.has(uuid))
  return { ...context, created, awaited: await awaitedLinks(tx, claimed, context) }
}

/** What is mirrored has to be written into the records that have come. */
async function awaitedLinks(tx: RecordTransaction, claimed: readonly NewRecord[], context: SaveContext): Promise<readonly AwaitedLink[]> {
  if (context.skipBidirectionalUpdate) return []
  const columns = [...mirrorsOf(context.datamodel.model).keys()]
  const places = claimed.flatMap(({ systemId, tableId }) =>
    columns
      .filter(({ target }) => target?.id === tableId)
      .map((column) => ({ ownerId: systemId, tableId: objecttypeOfColumn(column).id, columnId: column.id, polyhierarchical: false })),
  )
  if (places.length === 0) return []
  const holders = await tx.reverseRows(places)
  return holders.flatMap(({ ownerId, columnId, systemId }) => (columnId === null ? [] : [{ from: systemId, columnId, to: ownerId }]))
}

/** Links can be part of unique keys, and whoever held one to the ghost holds one to the record now. */
async function renewUniques(tx: RecordTransaction, holders: readonly number[], { datamodel, problems, skipConstraints }: SaveContext): Promise<void> {
  const records = await tx.lockForChange(holders)
  const rows = records.flatMap((record) => {
    const table = datamodel.model.tables.get(record.tableId)
    return table ? uniqueRowsOf(table, record) : []
  })
  const held = await tx.replaceUniques(holders, rows)
  if (!skipConstraints) for (const row of held) problems.attempt('', () => refuseValue(datamodel, row, row.holder))
}

function requireSame({ systemId, uuid, tableId, isChosen }: Ghost, { draft, tableId: sent }: NewRecord): void {
  if (tableId !== sent) fail('DeferredLinkedObjectWrongObjecttype', { objecttype: draft.plan.table.name, systemobjectid: systemId })
  const otherUuid = uuid !== null && draft.uuid !== null && uuid !== draft.uuid
  const otherId = isChosen && draft.systemId !== null && draft.systemId !== systemId
  if (otherUuid || otherId) fail('DeferredLinkedObjectMatchingSystemObjectId', { systemobjectid: systemId, expecteduuid: uuid ?? '' })
}
