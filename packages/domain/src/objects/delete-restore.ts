/**
 * Taking records out of the trash, just as they were: below the same parents and with the same links, even where those are in
 * the trash or gone. Nothing is refused for what has changed meanwhile; a record that breaks a rule by now is marked. Its pool is
 * the exception: one that does not exist any more would keep the record from everybody, and is left off.
 */
import type { Table } from '../datamodel/model.ts'
import { tellOf } from './delete-events.ts'
import { judgedHeads, PAGE } from './delete-heads.ts'
import { marksOf } from './delete-marks.ts'
import type { Deleted, DeletionRequest } from './delete-request.ts'
import { requireRights } from './delete-rights.ts'
import type { RecordHead } from './delete-store.ts'
import { pagesOf } from './pages.ts'
import { linkRowsOf } from './stored-links.ts'
import type { RecordTransaction } from './write-store.ts'

export async function restoreRecords(tx: RecordTransaction, request: DeletionRequest): Promise<Deleted> {
  const { table, caller, datamodel, items } = request
  const locked = await tx.lockTrashed(
    table.id,
    items.map(([objectId]) => objectId),
  )
  const heads = judgedHeads(request, locked)
  requireRights(caller, datamodel.model, heads, 'delete')
  const comments = new Map(heads.map(({ systemId }, i) => [systemId, items[i]?.[2] ?? null]))
  const restored: RecordHead[] = []
  // In the order of system ids, in which everybody locks the targets of links.
  for (const page of pagesOf(locked, PAGE)) restored.push(...(await restorePage(tx, table, request, page, comments)))
  await tellOf(tx, 'OBJECT_UNDELETE', datamodel.model, restored, caller)
  return { policy: 'undelete', removed: [], setnull: [], undeleted: heads.map(({ systemId }) => systemId) }
}

async function restorePage(
  tx: RecordTransaction,
  table: Table,
  { caller, datamodel, now }: DeletionRequest,
  heads: readonly RecordHead[],
  comments: ReadonlyMap<number, string | null>,
): Promise<RecordHead[]> {
  const contents = await tx.contents(heads.map(({ systemId }) => systemId))
  const pools = await livePools(tx, heads)
  const records = heads.map((head) => ({ ...head, poolId: pools.has(head.poolId) ? head.poolId : null, content: contents.get(head.systemId) ?? {} }))
  const links = records.flatMap(({ systemId, content }) => linkRowsOf(table, systemId, content))
  const above = records.flatMap(({ parentId, parents }) => [...parents, ...(parentId === null ? [] : [parentId])])
  // Whoever deletes one of them waits, and then sees that this record is there again.
  const targets = [...new Set([...links.map(({ toId }) => toId), ...above])]
  if (targets.length > 0) await tx.lockTargets(targets)
  const marks = await marksOf(tx, table, records)
  const rows = records.map(({ content: _, ...head }) => ({
    ...head,
    version: head.version + 1,
    schemaVersion: datamodel.version,
    modifiedAt: now,
    systemTags: marks.get(head.systemId) ?? [],
    savedBy: caller.userId,
    comment: comments.get(head.systemId) ?? null,
  }))
  await tx.restore(rows)
  if (links.length > 0) await tx.replaceLinks([], links)
  return rows
}

async function livePools(tx: RecordTransaction, heads: readonly RecordHead[]): Promise<ReadonlySet<number | null>> {
  const ids = [...new Set(heads.flatMap(({ poolId }) => poolId ?? []))]
  return new Set(ids.length > 0 ? (await tx.pools({ ids, references: [] })).map(({ id }) => id) : [])
}
