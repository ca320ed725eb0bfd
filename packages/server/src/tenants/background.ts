/** Work in the background as those who look after an instance see it, built from its stores. */
import { FailedJobs } from '@vitrine/domain/jobs/failed-jobs'
import type { FailedJobStore } from '@vitrine/domain/ports/queue'

export interface BackgroundPorts {
  readonly failedJobStore: FailedJobStore
}

export interface Background {
  readonly failedJobs: FailedJobs
}

export const backgroundOf = ({ failedJobStore }: BackgroundPorts): Background => ({ failedJobs: new FailedJobs(failedJobStore) })
