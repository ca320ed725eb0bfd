/**
 * Finds the tenant of a host. Tenants are kept while they are used, as many as fit; where a host belongs is remembered only
 * for a moment. So an instance that is destroyed stops being served at once here, and after that moment on other servers.
 */
import type { Instance } from '@vitrine/domain/instances/instance'
import type { TenantFinder } from '../middleware/tenant.ts'
import type { Tenant } from './tenant.ts'

export interface InstanceResolver {
  resolve(host: string): Promise<Instance | undefined>
  watch(watcher: () => void): void
}

export interface TenantDirectoryOptions {
  readonly instances: InstanceResolver
  readonly build: (instance: Instance) => Tenant
  readonly maxTenants?: number
  /** How long a host is remembered. Less than half the time in which a removal has to be noticed everywhere. */
  readonly hostMs?: number
  readonly now?: () => number
}

interface Known {
  readonly instance: Promise<Instance | undefined>
  readonly until: number
}

const MAX_TENANTS = 1000
const MAX_HOSTS = 10_000
const HOST_MS = 1000
/** A name with its port. Longer texts name no instance, and anybody could fill the memory with them. */
const LONGEST_HOST = 260

export class TenantDirectory implements TenantFinder {
  readonly #options: TenantDirectoryOptions
  readonly #now: () => number
  /** Both maps keep their keys in the order of use: the first is the one that was left alone the longest. */
  readonly #tenants = new Map<string, Tenant>()
  readonly #hosts = new Map<string, Known>()

  constructor(options: TenantDirectoryOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    // A search that began before the change belongs to the old map and leaves no trace in the new one.
    options.instances.watch(() => this.#hosts.clear())
  }

  async find(host: string): Promise<Tenant | undefined> {
    const instance = await this.#instanceOf(host)
    return instance && this.tenantOf(instance)
  }

  /** The tenant of an instance, built when it is not at hand or the instance has changed since. */
  tenantOf(instance: Instance): Tenant {
    const known = this.#tenants.get(instance.id)
    // Where a host belongs may be remembered as it was before: that is no reason to go back.
    const tenant = known && known.revision >= instance.revision ? known : this.#options.build(instance)
    remember(this.#tenants, instance.id, tenant, this.#options.maxTenants ?? MAX_TENANTS)
    return tenant
  }

  #instanceOf(host: string): Promise<Instance | undefined> {
    const known = this.#hosts.get(host)
    if (known && known.until > this.#now()) return known.instance
    const instance = this.#options.instances.resolve(host)
    if (host.length > LONGEST_HOST) return instance
    const entry: Known = { instance, until: this.#now() + (this.#options.hostMs ?? HOST_MS) }
    remember(this.#hosts, host, entry, MAX_HOSTS)
    // A failure of the database is not an answer to remember.
    instance.catch(() => this.#hosts.get(host) === entry && this.#hosts.delete(host))
    return instance
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= most) return
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}
