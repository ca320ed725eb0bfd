import type { AdminDocument } from '@vitrine/contract/admin'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import type { Lifecycle } from '../../lifecycle.ts'
import { adminHealth } from './admin-health.ts'
import { adminReady } from './admin-ready.ts'
import { adminSpec } from './admin-spec.ts'
import { adminVersion } from './admin-version.ts'

export const operationHandlers = (lifecycle: Lifecycle, version: string) =>
  ({ adminHealth, adminReady: adminReady(lifecycle), adminSpec, adminVersion: adminVersion(version) }) satisfies HandlersFor<
    AdminDocument,
    'operations',
    ServerEnv
  >
