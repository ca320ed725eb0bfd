/** Records that stay: each gets a further version without its links to, and its places below, what goes. */
import type { Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { clearLinks } from './delete-clear.ts'
import { byTable, PAGE } from './delete-heads.ts'
import { marksOf } from './delete-marks.ts'
import type { DeletionRequest } from './delete-request.ts'
import type { RecordHead } from './delete-store.ts'
import { pagesOf } from './pages.ts'
import { linkRowsOf } from './stored-links.ts'
import type { RecordRow, RecordTransaction } from './write-store.ts'

/** So many of the ids that a remark could name are named. */
const NAMED = 10
export const idList = (ids: readonly number[]) => ids.slice(0, NAMED).join(', ') + (ids.length > NAMED ? ', ...' : '')

type Located = Pick<RecordHead, 'systemId' | 'tableId'>

/** The first field that must not be empty and would be; undefined where all links can be cleared. */
export async function findRequired(
  tx: RecordTransaction,
  { datamodel }: DeletionRequest,
  linking: readonly Located[],
  removed: ReadonlySet<number>,
): Promise<string | undefined> {
  for (const [table, group] of byTable(datamodel.model, linking))
    for (const page of pagesOf(group, PAGE))
      for (const content of (await tx.contents(page.map(({ systemId }) => systemId))).values()) {
        const { required } = clearLinks(table, content, removed)
        if (required !== undefined) return required
      }
  return undefined
}

/** Answers the records as they are stored now, without their content. */
export async function clearAll(
  tx: RecordTransaction,
  request: DeletionRequest,
  heads: readonly RecordHead[],
  removed: ReadonlySet<number>,
): Promise<RecordHead[]> {
  const stored: RecordHead[] = []
  for (const [table, group] of byTable(request.datamodel.model, heads))
    for (const page of pagesOf(group, PAGE))
      for (const { content: _, ...head } of await clearPage(tx, table, request, page, removed)) stored.push(head)
  return stored
}

async function clearPage(
  tx: RecordTransaction,
  table: Table,
  request: DeletionRequest,
  heads: readonly RecordHead[],
  removed: ReadonlySet<number>,
): Promise<RecordRow[]> {
  const ids = heads.map(({ systemId }) => systemId)
  const contents = await tx.contents(ids)
  const cleared = heads.map((head) => clearedRow(table, request, { ...head, content: contents.get(head.systemId) ?? {} }, removed))
  await tx.dropUniques(ids)
  const marks = await marksOf(tx, table, cleared)
  const rows = cleared.map((row) => ({ ...row, systemTags: marks.get(row.systemId) ?? [] }))
  await tx.update(rows)
  await tx.replaceLinks(
    ids,
    rows.flatMap((row) => linkRowsOf(table, row.systemId, row.content)),
  )
  if (table.polyhierarchical) await tx.dropParents(ids, [...removed])
  return rows
}

function clearedRow(
  table: Table,
  { datamodel, caller, now }: DeletionRequest,
  stored: Omit<RecordRow, 'savedBy' | 'comment'>,
  removed: ReadonlySet<number>,
) {
  const { content, required } = clearLinks(table, stored.content, removed)
  if (required !== undefined) fail('SchemaInconsistent', { msg: `${table.name} ${stored.objectId}: ${required} must not lose its link` })
  const lost = [...stored.parents, ...linkRowsOf(table, stored.systemId, stored.content).map(({ toId }) => toId)].filter((id) => removed.has(id))
  return {
    ...stored,
    content,
    parents: stored.parents.filter((id) => !removed.has(id)),
    version: stored.version + 1,
    schemaVersion: datamodel.version,
    modifiedAt: now,
    savedBy: caller.userId,
    comment: `<deleted link: ${idList([...new Set(lost)])}>`,
  } satisfies RecordRow
}
