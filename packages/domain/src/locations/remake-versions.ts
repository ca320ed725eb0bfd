/** Has versions made again whose bytes are lost. */
import type { AnyJob } from '../jobs.ts'
import type { FileStore } from '../files/file-store.ts'

export async function remakeVersions(store: Pick<FileStore, 'change'>, ids: readonly number[]): Promise<void> {
  const jobs = ids.map((file): AnyJob => ({ name: 'file-produce', payload: { file } }))
  const changes = ids.map((id) => ({ id, from: ['done', 'failed', 'sync', 'processing'] as const, state: 'pending' as const, problem: null }))
  await store.change(changes, { jobs, trail: { events: [], actor: null } })
}
