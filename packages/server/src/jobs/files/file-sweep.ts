import type { Job } from '../job-handlers.ts'

export const fileSweep: Job<'file-sweep'> = (tenant, _, { signal }) => tenant.fileSweeper.run(signal)
