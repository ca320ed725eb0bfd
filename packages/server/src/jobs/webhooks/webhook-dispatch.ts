import type { Job } from '../job-handlers.ts'

export const webhookDispatch: Job<'webhook-dispatch'> = (tenant, { idle }) => tenant.webhookDispatcher.round(idle)
