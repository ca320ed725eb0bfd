import type { Job } from '../job-handlers.ts'

export const locationMove: Job<'location-move'> = (tenant, { task }, run) => tenant.locationTasks.run(task, run)
