/** What middleware leaves on the request for everything after it. */
import type { Caller } from '@vitrine/domain/people/caller'
import type { Logger } from './log.ts'
import type { Tenant } from './tenants/tenant.ts'

export interface ServerEnv {
  Variables: {
    requestId: string
    log: Logger
    /** The instance the `Host` header chose; absent only on routes that belong to no instance (`/healthz`, `/readyz`). */
    tenant: Tenant
    /** Null for an anonymous session. */
    caller: Caller | null
  }
}
