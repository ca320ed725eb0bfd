import type { Job } from '../job-handlers.ts'

export const collectionsCheck: Job<'collections-check'> = (tenant, { lists }) => tenant.collections.recheck(lists)
