import type { Job } from '../job-handlers.ts'

export const fileResync: Job<'file-resync'> = (tenant, { ids }, run) => tenant.resync.run(ids, run)
