import type { Job } from '../job-handlers.ts'

export const webhookDeliver: Job<'webhook-deliver'> = (tenant, { delivery, attempt }, { signal }) =>
  tenant.webhookDeliverer.attempt(delivery, attempt, signal)
