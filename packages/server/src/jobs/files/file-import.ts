import type { Job } from '../job-handlers.ts'

export const fileImport: Job<'file-import'> = (tenant, { file }, { signal, last }) => tenant.fetchFile(file, { signal, last })
