/** The writing half of a save. All statements are started at once; each answer is judged as it comes, the earliest first. */
import type { Datamodel } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Change, Removal, SaveContext } from './save-context.ts'
import { TOP_LEVEL } from './save-parents.ts'
import { grantRowsOf, tagRowsOf } from '../access/record-rows.ts'
import { fileLinkText, fileRowsOf } from './stored-files.ts'
import { linkRowsOf } from './stored-links.ts'
import { together } from './together.ts'
import { uniqueRowsOf } from './unique.ts'
import { pathOfRow } from './unique-place.ts'
import type { LinkRow, ParentRow, RecordRow, RecordTransaction, StoredRecord, UniqueRow } from './write-store.ts'

/** Ids of new records that somebody else has: those that were drawn are drawn again. */
export class IdsTaken extends Error {}
/** The datamodel has moved on since the request was read: it is read again with the new one. */
export class DatamodelMoved extends Error {
  readonly version: number
  constructor(version: number) {
    super('the datamodel has moved on')
    this.version = version
  }
}

export interface Written {
  readonly changes: readonly Change[]
  readonly removals: readonly Removal[]
  readonly orphaned: readonly number[]
}

/**
 * Stores what differs. What belongs to a record beside its row is written only where it is not the same as before. Answers the
 * unique values that others have, where that does not stop the save.
 */
export async function writeChanges(
  tx: RecordTransaction,
  context: SaveContext,
  { changes: all, removals, orphaned }: Written,
): Promise<readonly UniqueRow[]> {
  const changes = all.filter(({ unchanged }) => !unchanged)
  const created = changes.filter(({ stored }) => !stored).map(({ row }) => row)
  const changed = changes.filter(({ stored }) => stored).map(({ row }) => row)
  const gone = new Set(removals.map(({ stored }) => stored.systemId))
  const links = partsOf(changes, ({ table }, record) => linkRowsOf(table, record.systemId, record.content), linkText)
  const files = partsOf(changes, ({ table }, record) => fileRowsOf(table, record.systemId, record.content), fileLinkText)
  const tags = partsOf(changes, (_, record) => tagRowsOf(record).map((row) => ({ ...row, fromId: row.systemId })), JSON.stringify)
  const grants = partsOf(changes, (_, record) => grantRowsOf(record).map((row) => ({ ...row, fromId: row.systemId })), JSON.stringify)
  const parents = partsOf(changes, (_, record) => parentRowsOf(record), JSON.stringify)
  const uniques = partsOf(
    changes,
    ({ table }, record) => uniqueRowsOf(table, record),
    ({ fromId, key, digest }) => `${fromId} ${key} ${digest}`,
  )
  const targets = newTargets(changes, links, gone)
  const moved = movedRecords(changes)
  const steps: Promise<unknown>[] = [tx.datamodelVersion().then((version) => requireCurrent(version, context))]
  // The order of statements is that of the locks they take: hierarchies, link targets, records, unique values.
  for (const tableId of new Set(moved.map(({ table }) => table.id))) if (changed.length > 0) steps.push(tx.lockHierarchy(tableId))
  if (targets.size > 0) steps.push(tx.lockTargets([...targets.keys()]).then((live) => requireLive(tx, targets, live, context)))
  if (removals.length > 0) steps.push(trash(tx, removals, context))
  if (orphaned.length > 0) steps.push(tx.dropParents(orphaned, [...gone]))
  if (created.length > 0) steps.push(tx.insert(created).then((ids) => requireAll(ids, created.length)))
  if (changed.length > 0) steps.push(tx.update(changed))
  if (links.outdated.size > 0 || links.written.length > 0) steps.push(tx.replaceLinks([...links.outdated], links.written))
  if (files.outdated.size > 0 || files.written.length > 0) steps.push(tx.replaceFiles([...files.outdated], files.written))
  if (tags.outdated.size > 0 || tags.written.length > 0) steps.push(tx.replaceTags([...tags.outdated], tags.written))
  if (grants.outdated.size > 0 || grants.written.length > 0) steps.push(tx.replaceGrants([...grants.outdated], grants.written))
  if (parents.outdated.size > 0 || parents.written.length > 0) steps.push(tx.replaceParents([...parents.outdated], parents.written))
  // Values that did not change are written all the same: a key may be younger than the record.
  const held = uniques.outdated.size > 0 || uniques.all.length > 0 ? writeUniques(tx, context, changes, uniques) : []
  steps.push(Promise.resolve(held))
  if (moved.length > 0) steps.push(tx.findCycle(moved.map(({ row }) => row.systemId)).then((systemId) => requireNoCycle(systemId, moved, context)))
  await together(steps)
  return held
}

const linkText = ({ fromId, columnId, rowUuid, toId }: LinkRow) => `${fromId} ${columnId} ${rowUuid} ${toId}`

const parentRowsOf = ({ systemId, parents }: StoredRecord): (ParentRow & { fromId: number })[] =>
  parents.filter((id) => id !== TOP_LEVEL).map((parentId) => ({ fromId: systemId, childId: systemId, parentId }))

interface Parts<T> {
  readonly all: readonly T[]
  readonly before: readonly T[]
  /** Stored records whose rows are not what they were. */
  readonly outdated: ReadonlySet<number>
  /** Rows of those, and of new records. */
  readonly written: readonly T[]
}

function partsOf<T extends { readonly fromId: number }>(
  changes: readonly Change[],
  rowsOf: (change: Change, record: StoredRecord) => readonly T[],
  textOf: (row: T) => string,
): Parts<T> {
  const all = changes.flatMap((change) => rowsOf(change, change.row))
  const before = changes.flatMap((change) => (change.stored ? rowsOf(change, change.stored) : []))
  const storedIds = new Set(changes.flatMap(({ stored }) => (stored ? [stored.systemId] : [])))
  const now = all.filter(({ fromId }) => storedIds.has(fromId))
  const outdated = differing(before, now, textOf)
  return { all, before, outdated, written: all.filter(({ fromId }) => outdated.has(fromId) || !storedIds.has(fromId)) }
}

/** Stored records of which something is not there any more, or for which something is new. */
function differing<T extends { readonly fromId: number }>(before: readonly T[], after: readonly T[], textOf: (item: T) => string): Set<number> {
  const [old, now] = [new Set(before.map(textOf)), new Set(after.map(textOf))]
  return new Set([...before.filter((item) => !now.has(textOf(item))), ...after.filter((item) => !old.has(textOf(item)))].map(({ fromId }) => fromId))
}

async function trash(tx: RecordTransaction, removals: readonly Removal[], { caller }: SaveContext): Promise<void> {
  await tx.moveToTrash(
    removals.map(({ stored, comment }) => ({ systemId: stored.systemId, version: stored.version + 1, savedBy: caller.userId, comment })),
  )
}

function requireCurrent(version: number, { datamodel }: SaveContext): void {
  if (version !== datamodel.version) throw new DatamodelMoved(version)
}

function requireAll(ids: readonly number[], count: number): void {
  if (ids.length < count) throw new IdsTaken('an id of a new record is taken')
}

async function writeUniques(
  tx: RecordTransaction,
  context: SaveContext,
  changes: readonly Change[],
  { all, outdated }: Parts<UniqueRow>,
): Promise<readonly UniqueRow[]> {
  const { datamodel, problems, skipConstraints } = context
  const whereOf = new Map(changes.map(({ row, where }) => [row.systemId, where]))
  const refuse = (row: UniqueRow, holder: number | undefined) => {
    if (skipConstraints) return
    const where = pathOfRow(whereOf.get(row.fromId) ?? '', datamodel, row)
    problems.attempt(where, () => refuseValue(datamodel, row, holder))
  }
  const distinct = new Map<string, UniqueRow>()
  const repeated: UniqueRow[] = []
  for (const row of all) {
    const value = `${row.key} ${row.digest}`
    if (distinct.has(value)) repeated.push(row)
    else distinct.set(value, row)
  }
  for (const row of repeated) refuse(row, undefined)
  const held = await tx.replaceUniques([...outdated], [...distinct.values()])
  for (const row of held) refuse(row, row.holder)
  return [...repeated, ...held]
}

export function refuseValue({ model }: Datamodel, { key }: UniqueRow, holder: number | undefined): never {
  const table = [...model.tables.values()].find(({ uniqueKeys }) => uniqueKeys.some((candidate) => candidate.key === key))
  const columns = table?.uniqueKeys.find((candidate) => candidate.key === key)?.columns.map(({ name }) => `${table.name}.${name}`) ?? [key]
  const isStored = holder !== undefined && holder > 0
  return fail('DatabaseUniqueKeyViolation', { name: columns.join(', '), ...(isStored && { valuelinkedsystemobjectid: holder }) })
}

/** Links that were there before keep their target from being deleted already. By system id, with the place that names it. */
function newTargets(changes: readonly Change[], links: Parts<LinkRow>, gone: ReadonlySet<number>): ReadonlyMap<number, string> {
  const own = new Set(changes.filter(({ stored }) => !stored).map(({ row }) => row.systemId))
  const before = new Set(links.before.map(({ fromId, toId }) => `${fromId} ${toId}`))
  const whereOf = new Map(changes.map(({ row, where }) => [row.systemId, where]))
  const targets = new Map<number, string>()
  for (const { fromId, toId } of links.all)
    if (!own.has(toId) && (!before.has(`${fromId} ${toId}`) || gone.has(toId))) targets.set(toId, whereOf.get(fromId) ?? '')
  for (const { row, stored, where } of changes)
    for (const parent of [...(row.parentId === null ? [] : [row.parentId]), ...row.parents.filter((id) => id !== TOP_LEVEL)])
      if (!own.has(parent) && parent !== stored?.parentId && !stored?.parents.includes(parent)) targets.set(parent, where)
  return targets
}

/** A target may have been deleted between finding and locking it; one that has not come yet cannot be. */
async function requireLive(
  tx: RecordTransaction,
  targets: ReadonlyMap<number, string>,
  live: readonly number[],
  { problems }: SaveContext,
): Promise<void> {
  if (live.length === targets.size) return
  const found = new Set(live)
  const absent = [...targets.keys()].filter((id) => !found.has(id))
  const awaited = new Set((await tx.ghosts({ systemIds: absent, uuids: [] })).map(({ systemId }) => systemId))
  for (const id of absent)
    if (!awaited.has(id)) problems.attempt(targets.get(id) ?? '', () => fail('LookupNotFound', { key: '_system_object_id', value: String(id) }))
}

/** Records that could have closed a circle: moved ones, and new ones below other records of the request. */
function movedRecords(changes: readonly Change[]): readonly Change[] {
  const own = new Set(changes.map(({ row }) => row.systemId))
  const isMoved = (parent: number, { stored }: Change) => (stored ? stored.parentId !== parent && !stored.parents.includes(parent) : own.has(parent))
  return changes.filter((change) => {
    const { parentId, parents }: RecordRow = change.row
    return (parentId !== null && isMoved(parentId, change)) || parents.some((parent) => parent !== TOP_LEVEL && isMoved(parent, change))
  })
}

function requireNoCycle(systemId: number | undefined, moved: readonly Change[], { problems }: SaveContext): void {
  if (systemId === undefined) return
  const change = moved.find(({ row }) => row.systemId === systemId)
  const where = `${change?.where ?? ''}.${change?.table.polyhierarchical ? '_parents' : '_id_parent'}`
  problems.attempt(where, () => fail('SchemaInconsistent', { msg: `${where}: a record cannot be its own ancestor` }))
}
