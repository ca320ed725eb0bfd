import type { Job } from '../job-handlers.ts'

export const locationScrub: Job<'location-scrub'> = (tenant, { task }, run) => tenant.locationTasks.run(task, run)
