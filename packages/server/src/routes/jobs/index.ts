import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { jobFailedList } from './job-failed-list.ts'
import { jobFailedRemove } from './job-failed-remove.ts'
import { jobFailedRequeue } from './job-failed-requeue.ts'
import { jobProgressList } from './job-progress-list.ts'

export const jobHandlers = { jobFailedList, jobFailedRemove, jobFailedRequeue, jobProgressList } satisfies HandlersFor<
  InstanceDocument,
  'jobs',
  ServerEnv
>
