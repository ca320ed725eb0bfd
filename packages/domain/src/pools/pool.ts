/**
 * A pool as it is stored. What the tree and the uniqueness rules need are fields of their own; the rest is kept as the
 * document names it.
 */
import type { Schemas } from '@vitrine/contract/instance'

export type PoolDocument = Schemas['Pool']
export type PoolBlock = PoolDocument['pool']

/** Built-in pools every instance has. */
export const ROOT_POOL = 'system:root'
export const STANDARD_POOL = 'system:standard'

/** The part of the inner block that is kept as it came, unknown keys included. */
export interface PoolFields extends Partial<Pick<PoolBlock, 'name' | 'shortname' | 'contact'>> {
  readonly [key: string]: unknown
}
/** The part around the inner block that is kept as it came. */
export type PoolSettings = Pick<
  PoolDocument,
  '_acl' | '_private_acl' | '_tags' | '_private_tags' | '_transitions' | '_private_transitions' | '_standard_masks' | '_owner'
>

export interface Pool {
  readonly id: number
  readonly version: number
  /** Null for the root only. */
  readonly parentId: number | null
  readonly reference: string | null
  readonly isSystem: boolean
  readonly fields: PoolFields
  readonly settings: PoolSettings
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What has to differ between short names: the texts, in whatever order their languages were written. */
export function shortnameKey(pool: Pick<Pool, 'fields'>): string | null {
  const texts = Object.entries(pool.fields.shortname ?? {}).filter(([, text]) => text !== '')
  return texts.length === 0 ? null : JSON.stringify(texts.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
