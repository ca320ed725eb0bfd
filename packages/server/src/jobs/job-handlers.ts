/**
 * Every background job, one file each. A job names its instance; what it works on is the tenant of that instance, as for a
 * request. An instance that is gone has no work left.
 */
import type { JobName, JobPayloads } from '@vitrine/domain/jobs'
import type { JobHandler } from '@vitrine/domain/ports/queue'
import type { Tenant } from '../tenants/tenant.ts'
import { collectionsCheck } from './collections/collections-check.ts'
import { fileImport } from './files/file-import.ts'
import { fileProcess } from './files/file-process.ts'
import { fileProduce } from './files/file-produce.ts'
import { fileResync } from './files/file-resync.ts'
import { fileSweep } from './files/file-sweep.ts'
import { uploadExpire } from './files/upload-expire.ts'
import { uploadFinish } from './files/upload-finish.ts'
import { locationMove } from './locations/location-move.ts'
import { locationScrub } from './locations/location-scrub.ts'
import { locationScrubDue } from './locations/location-scrub-due.ts'
import { mailSend } from './mail/mail-send.ts'
import { telling, type JobRun } from './telling.ts'
import { webhookDeliver } from './webhooks/webhook-deliver.ts'
import { webhookDispatch } from './webhooks/webhook-dispatch.ts'

export type Job<N extends JobName> = (tenant: Tenant, payload: JobPayloads[N], run: JobRun) => Promise<void>

export interface JobTenants {
  /** The tenant of an instance in service; undefined when there is none of that id. */
  byId(instance: string): Promise<Tenant | undefined>
  /** Clears away what an instance has left outside the database. */
  clearFormer(instance: string, signal: AbortSignal): Promise<void>
}

/** The one job that is about an instance which is gone. */
type TenantJob = Exclude<JobName, 'instance-clear'>

const JOBS: { readonly [N in TenantJob]: Job<N> } = {
  'webhook-dispatch': webhookDispatch,
  'webhook-deliver': webhookDeliver,
  'collections-check': collectionsCheck,
  'file-import': fileImport,
  'file-process': fileProcess,
  'file-produce': fileProduce,
  'file-resync': fileResync,
  'file-sweep': fileSweep,
  'location-move': locationMove,
  'location-scrub': locationScrub,
  'location-scrub-due': locationScrubDue,
  'mail-send': mailSend,
  'upload-expire': uploadExpire,
  'upload-finish': uploadFinish,
}

export function jobHandlers(tenants: JobTenants): Readonly<Record<JobName, JobHandler>> {
  const handlerOf = <N extends TenantJob>(name: N): JobHandler => {
    const job: Job<N> = JOBS[name]
    return async ({ instance, payload, ...run }) => {
      const tenant = await tenants.byId(instance)
      if (tenant) await telling(tenant.jobProgress.ofRun(name, run.key), run, (told) => job(tenant, payload as JobPayloads[N], told))
    }
  }
  return {
    'webhook-dispatch': handlerOf('webhook-dispatch'),
    'webhook-deliver': handlerOf('webhook-deliver'),
    'collections-check': handlerOf('collections-check'),
    'file-import': handlerOf('file-import'),
    'file-process': handlerOf('file-process'),
    'file-produce': handlerOf('file-produce'),
    'file-resync': handlerOf('file-resync'),
    'file-sweep': handlerOf('file-sweep'),
    'instance-clear': ({ instance, signal }) => tenants.clearFormer(instance, signal),
    'location-move': handlerOf('location-move'),
    'location-scrub': handlerOf('location-scrub'),
    'location-scrub-due': handlerOf('location-scrub-due'),
    'mail-send': handlerOf('mail-send'),
    'upload-expire': handlerOf('upload-expire'),
    'upload-finish': handlerOf('upload-finish'),
  }
}
