import type { Job } from '../job-handlers.ts'

export const locationScrubDue: Job<'location-scrub-due'> = (tenant, { location, revision }) => tenant.locationTasks.scrubWhenDue(location, revision)
