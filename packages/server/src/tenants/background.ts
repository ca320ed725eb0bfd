/** Work in the background as those who look after an instance see it, built from its stores. */
import { FailedJobs } from '@vitrine/domain/jobs/failed-jobs'
import { JobProgress } from '@vitrine/domain/jobs/job-progress'
import type { JobProgressStore } from '@vitrine/domain/jobs/progress-store'
import type { Clock } from '@vitrine/domain/ports/clock'
import type { FailedJobStore } from '@vitrine/domain/ports/queue'

export interface BackgroundPorts {
  readonly failedJobStore: FailedJobStore
  readonly progressStore: JobProgressStore
  readonly clock: Clock
}

export interface Background {
  readonly failedJobs: FailedJobs
  readonly jobProgress: JobProgress
}

export const backgroundOf = ({ failedJobStore, progressStore, clock }: BackgroundPorts): Background => ({
  failedJobs: new FailedJobs(failedJobStore),
  jobProgress: new JobProgress({ store: progressStore, clock }),
})
