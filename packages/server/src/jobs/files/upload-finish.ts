import type { Job } from '../job-handlers.ts'

export const uploadFinish: Job<'upload-finish'> = (tenant, { upload }) => tenant.resumableUploads.finishLeft(upload)
