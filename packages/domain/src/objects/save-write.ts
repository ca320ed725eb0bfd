/** The writing half of a save. All statements are started at once; each answer is judged as it comes, the earliest first. */
import type { Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { SaveContext, SavedRow } from './save-run.ts'
import { linkRowsOf } from './stored-links.ts'
import { together } from './together.ts'
import { uniqueRowsOf } from './unique.ts'
import type { LinkRow, RecordTransaction, UniqueRow } from './write-store.ts'

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

export async function writeSaved(tx: RecordTransaction, context: SaveContext, rows: readonly SavedRow[]): Promise<void> {
  const { table } = context
  const created = rows.filter(({ stored }) => !stored).map(({ row }) => row)
  const changed = rows.filter(({ stored }) => stored).map(({ row }) => row)
  const before = rows.flatMap(({ stored }) => (stored ? [stored] : []))
  const links = rows.flatMap(({ row }) => linkRowsOf(table, row.systemId, row.content))
  const linksBefore = before.flatMap((stored) => linkRowsOf(table, stored.systemId, stored.content))
  const storedIds = new Set(before.map(({ systemId }) => systemId))
  const ofStored = <T extends { fromId: number }>(items: readonly T[]) => items.filter(({ fromId }) => storedIds.has(fromId))
  const relinked = differing(linksBefore, ofStored(links), ({ fromId, columnId, rowUuid, toId }) => `${fromId} ${columnId} ${rowUuid} ${toId}`)
  const uniques = uniqueRows(table, rows)
  const uniquesBefore = before.flatMap((stored) => uniqueRowsOf(table, stored))
  const revalued = differing(uniquesBefore, ofStored(uniques), ({ fromId, key, digest }) => `${fromId} ${key} ${digest}`)
  const targets = newTargets(rows, links, linksBefore)
  const moved = movedIds(rows)
  const steps: Promise<unknown>[] = [tx.datamodelVersion().then((version) => requireCurrent(version, context))]
  if (moved.length > 0 && changed.length > 0) steps.push(tx.lockHierarchy(table.id))
  if (targets.length > 0) steps.push(tx.lockTargets(targets).then((live) => requireLive(targets, live)))
  if (created.length > 0) steps.push(tx.insert(created).then((ids) => requireAll(ids, created.length)))
  if (changed.length > 0) steps.push(tx.update(changed))
  const newLinks = links.filter(({ fromId }) => relinked.has(fromId) || !storedIds.has(fromId))
  if (relinked.size > 0 || newLinks.length > 0) steps.push(tx.replaceLinks([...relinked], newLinks))
  // Values that did not change are written all the same: a key may be younger than the record.
  if (revalued.size > 0 || uniques.length > 0)
    steps.push(tx.replaceUniques([...revalued], uniques).then(([held]) => held && refuseValue(table, held, held.holder)))
  if (moved.length > 0) steps.push(tx.findCycle(moved).then((systemId) => requireNoCycle(systemId, rows)))
  await together(steps)
}

/** Stored records of which something is not there any more, or for which something is new. */
function differing<T extends { readonly fromId: number }>(before: readonly T[], after: readonly T[], textOf: (item: T) => string): Set<number> {
  const [old, now] = [new Set(before.map(textOf)), new Set(after.map(textOf))]
  return new Set([...before.filter((item) => !now.has(textOf(item))), ...after.filter((item) => !old.has(textOf(item)))].map(({ fromId }) => fromId))
}

function requireCurrent(version: number, { datamodel }: SaveContext): void {
  if (version !== datamodel.version) throw new DatamodelMoved(version)
}

function requireAll(ids: readonly number[], count: number): void {
  if (ids.length < count) throw new IdsTaken('an id of a new record is taken')
}

function uniqueRows(table: Table, rows: readonly SavedRow[]): UniqueRow[] {
  const uniques = rows.flatMap(({ row }) => uniqueRowsOf(table, row))
  const seen = new Set<string>()
  for (const unique of uniques) {
    const value = `${unique.key} ${unique.digest}`
    if (seen.has(value)) refuseValue(table, unique, undefined)
    seen.add(value)
  }
  return uniques
}

function refuseValue(table: Table, { key }: UniqueRow, holder: number | undefined): never {
  const columns = keyColumns(table, key) ?? [key]
  const isStored = holder !== undefined && holder > 0
  return fail('DatabaseUniqueKeyViolation', { name: columns.join(', '), ...(isStored && { valuelinkedsystemobjectid: holder }) })
}

function keyColumns(table: Table, key: string): readonly string[] | undefined {
  const own = table.uniqueKeys.find((candidate) => candidate.key === key)
  if (own) return own.columns.map(({ name }) => `${table.name}.${name}`)
  for (const nested of table.nested) {
    const columns = keyColumns(nested, key)
    if (columns) return columns
  }
  return undefined
}

/** Links that were there before keep their target from being deleted already. */
function newTargets(rows: readonly SavedRow[], links: readonly LinkRow[], linksBefore: readonly LinkRow[]): number[] {
  const own = new Set(rows.map(({ row }) => row.systemId))
  const before = new Set(linksBefore.map(({ fromId, toId }) => `${fromId} ${toId}`))
  const targets = new Set<number>()
  for (const { fromId, toId } of links) if (!own.has(toId) && !before.has(`${fromId} ${toId}`)) targets.add(toId)
  for (const { row, stored } of rows)
    if (row.parentId !== null && row.parentId !== stored?.parentId && !own.has(row.parentId)) targets.add(row.parentId)
  return [...targets]
}

/** A target may have been deleted between finding and locking it. */
function requireLive(targets: readonly number[], live: readonly number[]): void {
  if (live.length === targets.length) return
  const found = new Set(live)
  const gone = targets.find((id) => !found.has(id))
  fail('LookupNotFound', { key: '_system_object_id', value: String(gone) })
}

/** Records that could have closed a circle: moved ones, and new ones below other records of the request. */
function movedIds(rows: readonly SavedRow[]): number[] {
  const own = new Set(rows.map(({ row }) => row.systemId))
  const moved = rows.filter(({ row, stored }) => row.parentId !== null && (stored ? stored.parentId !== row.parentId : own.has(row.parentId)))
  return moved.map(({ row }) => row.systemId)
}

function requireNoCycle(systemId: number | undefined, rows: readonly SavedRow[]): void {
  if (systemId === undefined) return
  const where = rows.find(({ row }) => row.systemId === systemId)?.draft.where ?? ''
  fail('SchemaInconsistent', { msg: `${where}._id_parent: a record cannot be its own ancestor` })
}
