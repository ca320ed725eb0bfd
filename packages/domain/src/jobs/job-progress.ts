/** The progress of work in the background of one instance: for those who watch it, for those who end it, and for the jobs. */
import type { Schemas } from '@vitrine/contract/instance'
import type { Clock } from '../ports/clock.ts'
import type { JobProgressStore, StoredProgress } from './progress-store.ts'
import { RunProgress } from './run-progress.ts'

export class JobProgress {
  readonly #ports: { readonly store: JobProgressStore; readonly clock: Clock }

  constructor(ports: { readonly store: JobProgressStore; readonly clock: Clock }) {
    this.#ports = ports
  }

  async list(page: { kind: string | null; limit: number; offset: number }): Promise<Schemas['JobProgressPage']> {
    const { count, entries } = await this.#ports.store.list(page)
    return { count, limit: page.limit, offset: page.offset, objects: entries.map(documentOf) }
  }

  /** False where nothing of the kind is under way or waits. The job stops when it next looks, and may be done before. */
  askToStop(kind: string, subject: string): Promise<boolean> {
    return this.#ports.store.askToStop(kind, subject)
  }

  /** For one run of a job. */
  ofRun(kind: string, subject: string): RunProgress {
    return new RunProgress(this.#ports, kind, subject)
  }
}

const documentOf = ({ kind, subject, state, done, total, note, stopWanted, startedAt, updatedAt, finishedAt }: StoredProgress) => ({
  kind,
  subject,
  state,
  done,
  ...(total !== null && { total }),
  ...(note !== null && { note }),
  stop_wanted: stopWanted,
  ...(startedAt && { started_at: startedAt.toISOString() }),
  updated_at: updatedAt.toISOString(),
  ...(finishedAt && { finished_at: finishedAt.toISOString() }),
})
