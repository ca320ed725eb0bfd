import type { Job } from '../job-handlers.ts'

export const fileProduce: Job<'file-produce'> = (tenant, { file }, { signal, last }) => tenant.production.produce(file, { signal, last })
