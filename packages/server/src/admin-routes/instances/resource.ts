/** An instance as the administration API answers it. Secrets are no part of it; the register token is shown at creation only. */
import type { AdminSchemas } from '@vitrine/contract/admin'
import { revisionOf, type Instance } from '@vitrine/domain/instances/instance'

/** Level of the documents and indexes that operators' tools expect an instance to have. */
const INDEXES_VERSION = 38

export type InstanceResource = AdminSchemas['InstanceResource']
type Attributes = InstanceResource['attributes']

export function instanceResource(instance: Instance, told: { registerToken?: string; appsErrors?: string[] } = {}): InstanceResource {
  const { registerTokenDigest, openHosts = [] } = instance.attributes
  const attributes: Attributes = {
    // Written by the domain under the names of this very schema, and judged by it in the tests.
    ...(instance.attributes.values as Partial<Attributes> & Pick<Attributes, 'locale' | 'password_defined'>),
    domain: instance.domain,
    ...(instance.aliases.length > 0 && { domain_aliases: [...instance.aliases] }),
    ...(openHosts.length > 0 && { open_hosts: [...openHosts] }),
    prefix: instance.prefix,
    ...(instance.state === 'deleting' && { deleting: true }),
    indexes_version: INDEXES_VERSION,
    registration_pending: registerTokenDigest !== undefined,
    ...(told.registerToken !== undefined && { register_token: told.registerToken }),
  }
  const meta = { rev: revisionOf(instance), ...(told.appsErrors?.length && { apps_errors: told.appsErrors }) }
  return { type: 'instances', id: instance.id, attributes, meta, links: { self: `/instances/${instance.id}` } }
}
