/**
 * What a caller has to be allowed for a save. Before anything is written, the stored records decide; afterwards the records as
 * they are now do, so that nobody puts a record where he may not have it. The target of a link has to be readable only where it
 * is new: what stood at the same place before may come back, even if the caller could not have put it there.
 */
import type { AccessSubject, Rights } from '../access/access.ts'
import { demandMask, refuseRecord, subjectOf, type RecordRight } from './record-rights.ts'
import { sameAcl } from './save-acl.ts'
import type { Change, Removal, SaveContext } from './save-context.ts'
import { requireFilesAddable, requireFilesRemovable } from './save-file-rights.ts'
import type { FoundFiles } from './save-files.ts'
import { TOP_LEVEL } from './save-parents.ts'
import { linkRowsOf } from './stored-links.ts'
import type { RecordTransaction } from './write-store.ts'

export async function requireRightsBefore(
  tx: RecordTransaction,
  context: SaveContext,
  changes: readonly Change[],
  removals: readonly Removal[],
): Promise<void> {
  const { caller, access, problems } = context
  if (caller.root) return
  const active = changes.filter(({ unchanged }) => !unchanged)
  const stored = active.filter((change) => change.stored)
  const subjects = [...stored.map(({ stored: record, row }) => subjectOf(record ?? row)), ...removals.map((removal) => subjectOf(removal.stored))]
  const held = (await access.rightsOn(tx.access, subjects)).map((rights, i): Held => ({ rights, subject: subjects[i] as AccessSubject, access }))
  stored.forEach((change, i) => problems.attempt(change.where, () => requireStored(change, held[i] as Held, context)))
  removals.forEach(({ where }, i) => problems.attempt(where, () => need(held[stored.length + i] as Held, 'delete')))
}

/** What the caller may do with one record. */
interface Held {
  readonly rights: Rights
  readonly subject: AccessSubject
  readonly access: SaveContext['access']
}

const need = ({ rights, subject, access }: Held, right: RecordRight): unknown => rights[right] ?? refuseRecord(access, subject, right)

function requireStored(change: Change, held: Held, { standards }: SaveContext): void {
  const { origin, draft, stored, row } = change
  need(held, 'write')
  if (!stored) return
  if (origin === 'request' && draft) demandMask(held.access, [held.subject], [held.rights], draft.mask, standards)
  requireFilesRemovable(change, held.rights, () => refuseRecord(held.access, held.subject, 'asset_upload'))
  if (!sameAcl(row.acl, stored.acl) || row.privateAcl !== stored.privateAcl) need(held, 'acl')
  if (row.ownerUser !== stored.ownerUser || row.ownerGroup !== stored.ownerGroup) need(held, 'change_owner')
  if (row.poolId !== stored.poolId && stored.poolId !== null) need(held, 'unlink')
}

/** Answers the changes through which the caller loses a right of his own by an access list or an owner: that is to be confirmed. */
export async function requireRightsAfter(
  tx: RecordTransaction,
  context: SaveContext,
  changes: readonly Change[],
  files: FoundFiles,
): Promise<readonly Change[]> {
  const { caller, access, problems } = context
  if (caller.root) return []
  const active = changes.filter(({ unchanged, origin }) => !unchanged && origin !== 'mirror')
  await requireReadableTargets(tx, context, active)
  // A record that is made now is asked about like one that is not there, unless a collection that it has been put into gives rights on it.
  const isKnown = ({ stored, origin }: Change) => stored !== undefined || (context.createsInCollection && origin === 'request')
  const subjects = active.map((change) => (isKnown(change) ? subjectOf(change.row) : { ...subjectOf(change.row), systemId: null }))
  const held = (await access.rightsOn(tx.access, subjects)).map((rights, i): Held => ({ rights, subject: subjects[i] as AccessSubject, access }))
  return active.filter((change, i) => problems.attempt(change.where, () => judgedAfter(change, held[i] as Held, context, files)) ?? false)
}

function judgedAfter(change: Change, held: Held, context: SaveContext, files: FoundFiles): boolean {
  requireFilesAddable(change, held.rights, files, () => refuseRecord(held.access, held.subject, 'asset_upload'))
  return isLost(change, held, context)
}

function isLost(change: Change, held: Held, { caller, createsInCollection, standards }: SaveContext): boolean {
  const { origin, draft, stored, row } = change
  // What a collection lets people make is the records that it takes, and not what stands inside them.
  if (!stored && !(createsInCollection && origin === 'request')) need(held, 'create')
  if (stored && row.poolId !== stored.poolId && row.poolId !== null) need(held, 'link')
  if (!stored && (row.ownerUser !== caller.userId || row.ownerGroup !== null) && draft?.owner) need(held, 'change_owner')
  if (!stored && row.acl !== null) need(held, 'acl')
  if (held.rights['read'] && (!stored || held.rights['write'])) {
    if (origin === 'request' && draft && !createsInCollection) demandMask(held.access, [held.subject], [held.rights], draft.mask, standards)
    return false
  }
  if (!byOwnDoing(change)) need(held, held.rights['read'] ? 'write' : 'read')
  return true
}

/** Rights that go because of a pool or a tag are refused; only those that the caller gives away knowingly can be given away. */
function byOwnDoing({ stored, row, draft }: Change): boolean {
  if (!stored) return row.privateAcl || row.acl !== null || draft?.owner !== null
  const ownerChanges = row.ownerUser !== stored.ownerUser || row.ownerGroup !== stored.ownerGroup
  return ownerChanges || row.privateAcl !== stored.privateAcl || !sameAcl(row.acl, stored.acl)
}

async function requireReadableTargets(tx: RecordTransaction, context: SaveContext, changes: readonly Change[]): Promise<void> {
  // Who has been waiting for a new record put the link there himself.
  const made = new Set([...[...context.created.values()].map(({ systemId }) => systemId), ...(context.awaited ?? []).map(({ from }) => from)])
  const targets = new Map<number, string>()
  for (const { table, stored, row, where } of changes) {
    const before = new Set(stored ? linkRowsOf(table, stored.systemId, stored.content).map(placeOf) : [])
    for (const link of linkRowsOf(table, row.systemId, row.content))
      if (!before.has(placeOf(link)) && !made.has(link.toId)) targets.set(link.toId, where)
    for (const parent of newParents(row, stored)) if (!made.has(parent)) targets.set(parent, where)
  }
  if (targets.size === 0) return
  const subjects = await tx.subjects([...targets.keys()])
  const rights = await context.access.rightsOn(tx.access, subjects)
  subjects.forEach((subject, i) =>
    context.problems.attempt(targets.get(subject.systemId ?? 0) ?? '', () =>
      need({ rights: rights[i] ?? {}, subject, access: context.access }, 'read'),
    ),
  )
}

const placeOf = ({ columnId, rowUuid, toId }: { columnId: number; rowUuid: string; toId: number }) => `${columnId} ${rowUuid} ${toId}`

function newParents(row: Change['row'], stored: Change['stored']): readonly number[] {
  const single = row.parentId !== null && row.parentId !== stored?.parentId ? [row.parentId] : []
  return [...single, ...row.parents.filter((id) => id !== TOP_LEVEL && !stored?.parents.includes(id))]
}
