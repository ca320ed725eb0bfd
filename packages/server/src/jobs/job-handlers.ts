/**
 * Every background job, one file each. A job names its instance; what it works on is the tenant of that instance, as for a
 * request. An instance that is gone has no work left.
 */
import type { JobName, JobPayloads } from '@vitrine/domain/jobs'
import type { JobHandler, RunningJob } from '@vitrine/domain/ports/queue'
import type { Tenant } from '../tenants/tenant.ts'
import { collectionsCheck } from './collections/collections-check.ts'
import { fileImport } from './files/file-import.ts'
import { fileProcess } from './files/file-process.ts'
import { fileProduce } from './files/file-produce.ts'
import { mailSend } from './mail/mail-send.ts'
import { uploadExpire } from './files/upload-expire.ts'
import { uploadFinish } from './files/upload-finish.ts'
import { webhookDeliver } from './webhooks/webhook-deliver.ts'
import { webhookDispatch } from './webhooks/webhook-dispatch.ts'

export type Job<N extends JobName> = (tenant: Tenant, payload: JobPayloads[N], run: Pick<RunningJob, 'signal' | 'last'>) => Promise<void>

export interface JobTenants {
  /** The tenant of an instance in service; undefined when there is none of that id. */
  byId(instance: string): Promise<Tenant | undefined>
}

const JOBS: { readonly [N in JobName]: Job<N> } = {
  'webhook-dispatch': webhookDispatch,
  'webhook-deliver': webhookDeliver,
  'collections-check': collectionsCheck,
  'file-import': fileImport,
  'file-process': fileProcess,
  'file-produce': fileProduce,
  'mail-send': mailSend,
  'upload-expire': uploadExpire,
  'upload-finish': uploadFinish,
}

export function jobHandlers(tenants: JobTenants): Readonly<Record<JobName, JobHandler>> {
  const handlerOf = <N extends JobName>(name: N): JobHandler => {
    const job: Job<N> = JOBS[name]
    return async ({ instance, payload, ...run }) => {
      const tenant = await tenants.byId(instance)
      if (tenant) await job(tenant, payload as JobPayloads[N], run)
    }
  }
  return {
    'webhook-dispatch': handlerOf('webhook-dispatch'),
    'webhook-deliver': handlerOf('webhook-deliver'),
    'collections-check': handlerOf('collections-check'),
    'file-import': handlerOf('file-import'),
    'file-process': handlerOf('file-process'),
    'file-produce': handlerOf('file-produce'),
    'mail-send': handlerOf('mail-send'),
    'upload-expire': handlerOf('upload-expire'),
    'upload-finish': handlerOf('upload-finish'),
  }
}
