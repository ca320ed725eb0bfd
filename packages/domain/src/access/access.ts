/**
 * Who may do what with a record. Rights add up over everything that gives some: the object type, the pool and the pools above
 * it, tags, collections, the record's own list and those of the records above it, and ownership. Nothing takes one away.
 *
 * The rules (lists of pools, object types, tags, presets and collections) change seldom and are compiled once per revision;
 * what a single record adds comes with the record, or is asked of the database for a whole batch at once.
 */
import type { Datamodel, Mask } from '../datamodel/model.ts'
import type { Caller } from '../people/caller.ts'
import type { Grant } from '../people/stored-grants.ts'
import type { Sight } from '../collections/collection-store.ts'
import type { ReadScope } from './read-scope.ts'

/** Rights by name, each with its parameters merged over all grants; an empty object is a right without limits. */
export type Rights = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What has to be known of a record, stored or about to be, to say what somebody may do with it. */
export interface AccessSubject {
  /** Null for a record that is not stored yet. */
  readonly systemId: number | null
  readonly tableId: number
  readonly poolId: number | null
  readonly parentId: number | null
  readonly tags: readonly number[]
  /** Conditions on tags are taken as fulfilled: for questions about records whose tags are not decided yet. */
  readonly anyTags?: boolean
  readonly ownerUser: number | null
  readonly ownerGroup: number | null
  readonly privateAcl: boolean
  readonly acl: readonly Grant[] | null
}

/** A record above another one, as far as its access list goes. */
export interface AccessAncestor {
  readonly parentId: number | null
  readonly privateAcl: boolean
  readonly acl: readonly Grant[] | null
  readonly ownerUser: number | null
  readonly ownerGroup: number | null
}

/** What is asked of the database about a batch of records; at most one statement each. */
export interface AccessSource {
  /** These records and everything above them, by system id. */
  ancestors(systemIds: readonly number[]): Promise<ReadonlyMap<number, AccessAncestor>>
  /** Which of these collections hold which of these records. */
  memberships(systemIds: readonly number[], collectionIds: readonly number[]): Promise<ReadonlyMap<number, readonly number[]>>
}

export interface CallerAccess {
  /** True for `system.root`, who has every right on every record; nothing is asked of the source then. */
  readonly root: boolean
  /** Which collections the caller may know of. */
  readonly collectionSight: Sight
  /** Whether any list gives the caller this right, wherever that may be. */
  hasAnywhere(right: string): boolean
  /** Name of an object type, for messages. */
  objecttype(tableId: number): string
  /** The caller's rights on each of these records, in their order. */
  rightsOn(source: AccessSource, subjects: readonly AccessSubject[]): Promise<readonly Rights[]>
  /** Which records of the mask's type the caller may read and see through it; null means all of them. */
  readScope(datamodel: Datamodel, mask: Mask): ReadScope | null
}

export interface Access {
  /** Costs nothing while no rule has changed since the last time. */
  of(caller: Caller): Promise<CallerAccess>
}

/** `isStandard` for the mask that sums up records of its type. */
export interface MaskChoice {
  readonly id: number | null
  readonly isStandard: boolean
}

/** A mask may be used when the right names no masks for its type, or this one. `standard` stands for the type's standard mask. */
export function allowsMask(rights: Rights, tableId: number, mask: MaskChoice): boolean {
  const right = rights['mask']
  if (!right || mask.id === null) return false
  const perTable = right['mask_ids'] as Readonly<Record<string, readonly (number | string)[]>> | undefined
  const named = perTable?.[String(tableId)]
  if (!named || named.length === 0) return true
  return named.includes(mask.id) || (mask.isStandard && named.includes('standard'))
}
