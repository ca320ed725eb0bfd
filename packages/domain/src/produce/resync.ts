/** Has files worked on again, page by page, so that they follow the configuration as it is now. */
import type { FileStore } from '../files/file-store.ts'
import { isOriginal } from '../files/file.ts'
import type { TellsProgress } from '../jobs/run-progress.ts'
import type { AnyJob } from '../jobs.ts'
import { PRIORITY, type JobWriter } from '../ports/queue.ts'

export interface ResyncPorts {
  readonly store: FileStore
  readonly jobs: JobWriter<AnyJob>
}

/** Ids of originals; null for all. */
export type ResyncIds = readonly number[] | null

const PAGE_FILES = 500

export class Resync {
  readonly #ports: ResyncPorts

  constructor(ports: ResyncPorts) {
    this.#ports = ports
  }

  /** Answers how many files it will be. */
  async order(ids: ResyncIds): Promise<number> {
    const files = await this.#ports.store.countOriginals(ids)
    if (files > 0) await this.#ports.jobs.add([{ name: 'file-resync', payload: { ids }, priority: PRIORITY.background }])
    return files
  }

  /** Begins anew when it is run again, which does nothing to files that have been worked on meanwhile. */
  async run(ids: ResyncIds, run: TellsProgress & { readonly signal: AbortSignal }): Promise<void> {
    const { store } = this.#ports
    const total = await store.countOriginals(ids)
    let done = 0
    for (let after = 0; ;) {
      run.signal.throwIfAborted()
      const page = await store.originals(ids, after, PAGE_FILES)
      const last = page.at(-1)
      if (!last || (await run.wantsStop())) return
      await this.#again(page)
      done += page.length
      after = last
      await run.progress(done, total)
    }
  }

  /** What has failed may go well now: a program has been installed, or a store is back. */
  async #again(originals: readonly number[]): Promise<void> {
    const failed = (await this.#ports.store.below(originals)).filter(
      (file) => !isOriginal(file) && file.kind === 'rendition' && file.state === 'failed',
    )
    const jobs = originals.map((file): AnyJob => ({ name: 'file-process', payload: { file }, priority: PRIORITY.background }))
    const changes = failed.map(({ id }) => ({ id, from: ['failed' as const], state: 'pending' as const, problem: null }))
    if (changes.length > 0) await this.#ports.store.change(changes, { jobs: [], trail: { events: [], actor: null } })
    await this.#ports.jobs.add(jobs)
  }
}
