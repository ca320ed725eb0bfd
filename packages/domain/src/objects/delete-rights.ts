/** Whether the caller may do with every one of these records what the deletion does with it. */
import { PAGE } from './delete-heads.ts'
import type { DeletionRequest } from './delete-request.ts'
import type { RecordHead } from './delete-store.ts'
import { pagesOf } from './pages.ts'
import { requireRights, subjectOf } from './record-rights.ts'
import type { RecordTransaction } from './write-store.ts'

export async function requireOnAll(
  tx: RecordTransaction,
  { access }: DeletionRequest,
  heads: readonly RecordHead[],
  right: 'delete' | 'write',
): Promise<void> {
  for (const page of pagesOf(heads, PAGE)) await requireRights(access, tx.access, page.map(subjectOf), right)
}
