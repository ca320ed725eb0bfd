import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import type { Lifecycle } from '../../lifecycle.ts'
import { systemErrorTest } from './system-error-test.ts'
import { systemHealth } from './system-health.ts'
import { systemReady } from './system-ready.ts'
import { systemSpec } from './system-spec.ts'
import { systemStatus } from './system-status.ts'

export const systemHandlers = (lifecycle: Lifecycle) =>
  ({ systemErrorTest, systemHealth, systemReady: systemReady(lifecycle), systemSpec, systemStatus }) satisfies HandlersFor<
    InstanceDocument,
    'system',
    ServerEnv
  >
