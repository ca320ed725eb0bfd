import type { Job } from '../job-handlers.ts'

export const fileProcess: Job<'file-process'> = (tenant, { file }, { signal, last }) => tenant.production.process(file, { signal, last })
