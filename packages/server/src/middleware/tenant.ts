/** The `Host` header chooses the instance. */
import { fail } from '@vitrine/domain/errors'
import type { MiddlewareHandler } from 'hono'
import type { ServerEnv } from '../env.ts'
import type { Tenant } from '../tenants/tenant.ts'

export interface TenantFinder {
  /** The instance that claims a host, or the default one; undefined when there is neither. */
  find(host: string): Promise<Tenant | undefined>
}

export const tenant =
  (finder: TenantFinder): MiddlewareHandler<ServerEnv> =>
  async (c, next) => {
    const host = c.req.header('host') ?? ''
    const found = await finder.find(host)
    c.set('tenant', found ?? fail('UnknownInstance', { host }))
    await next()
  }
