/**
 * Jobs that were to come back for the journal can be lost with the server that was to add them. Whoever starts looks through all
 * instances, one after the other and with one short question each, while it serves already.
 */
import type { FileStore } from '@vitrine/domain/files/file-store'
import { sweepJob } from '@vitrine/domain/files/sweep'
import type { Instance } from '@vitrine/domain/instances/instance'
import type { AnyJob } from '@vitrine/domain/jobs'
import type { JobWriter } from '@vitrine/domain/ports/queue'

export interface Journals {
  of(instance: Instance): { readonly journal: Pick<FileStore, 'nextDue'>; readonly jobs: JobWriter<AnyJob> }
}

export async function resumeSweeps(journals: Journals, instances: AsyncIterable<Instance>, signal: AbortSignal): Promise<void> {
  for await (const instance of instances) {
    if (signal.aborted) return
    if (instance.state !== 'active') continue
    const { journal, jobs } = journals.of(instance)
    if ((await journal.nextDue()) !== null) await jobs.add([sweepJob(0)])
  }
}
