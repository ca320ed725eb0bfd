import type { Job } from '../job-handlers.ts'

export const uploadExpire: Job<'upload-expire'> = (tenant, { upload }) => tenant.resumableUploads.expire(upload)
