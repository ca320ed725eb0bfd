/** One row of the register of instances. */
import { createHash } from 'node:crypto'

/** What operators said about an instance. The server keeps and answers it; nothing here is a secret. */
export interface InstanceAttributes {
  /** By the names of the administration API, such as `locale` or `disk_quota`. */
  readonly values: Readonly<Record<string, unknown>>
  /** Settings of the instance that operators gave at its creation. */
  readonly settings: Readonly<Record<string, string>>
  /** Places that are open to this instance alone, as `host:port`. */
  readonly openHosts?: readonly string[]
  /** SHA-256 of the token that lets the owner register; the token itself is told once and never kept. */
  readonly registerTokenDigest?: string
}

/** `creating` rows are seen by nobody; `deleting` ones only by the administration API. */
export type InstanceState = 'creating' | 'active' | 'deleting'

export interface Instance {
  readonly id: string
  readonly domain: string
  readonly aliases: readonly string[]
  readonly prefix: string
  readonly state: InstanceState
  readonly revision: number
  readonly attributes: InstanceAttributes
}

/** Name space of an instance in stored things; derived from its domain, so that it can be told without asking. */
export const prefixOf = (domain: string): string => `cozy${createHash('sha256').update(domain).digest('hex').slice(0, 32)}`

/** Generation and digest of the state, as clients of the administration API read it. */
export function revisionOf(instance: Instance): string {
  const state = JSON.stringify([instance.id, instance.domain, instance.aliases, instance.state, instance.revision, instance.attributes])
  return `${instance.revision}-${createHash('sha256').update(state).digest('hex').slice(0, 32)}`
}
