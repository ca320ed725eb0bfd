/**
 * Entries of access lists in the form in which they are judged: switched-off entries are gone, rights come from the preset
 * where the entry follows one, and only rights that mean something for records are left.
 *
 * An entry whose preset does not exist (any more) gives nothing. What it says itself may be more than the preset ever gave.
 */
import type { Schemas } from '@vitrine/contract/instance'
import { CATALOGUE, type RightContext } from '../people/rights-catalogue.ts'
import type { Grant } from '../people/stored-grants.ts'
import type { Rights } from './access.ts'
import { beginOf, endOf } from './moments.ts'

export type Who = { readonly kind: 'user' | 'group'; readonly id: number } | { readonly kind: 'owner' | 'pool_contact' }

/** All of `all`, one of each list of `any`, none of `not`. */
export interface TagCondition {
  readonly all: readonly number[]
  readonly any: readonly (readonly number[])[]
  readonly not: readonly number[]
}

export interface AccessGrant {
  readonly who: Who
  readonly rights: Rights
  /** Null where the entry counts for every record. */
  readonly tags: TagCondition | null
  /** Goes on below places that cut inheritance. */
  readonly sticky: boolean
  /** In force from this millisecond on, and until before that one. */
  readonly from: number
  readonly until: number
}

export interface AccessPreset {
  readonly rights: Rights
  readonly tagfilter: TagFilter | null
}
export type AccessPresets = ReadonlyMap<number, AccessPreset>
type TagFilter = Schemas['TagFilter']

type Place = Exclude<RightContext, 'system' | 'user' | 'group'>

/** On a collection some rights are about the collection, and have the names of others that are about records. */
const OF_THE_COLLECTION = ['link', 'unlink', 'create_in_collection']
const rightsOf = (place: Place): ReadonlySet<string> =>
  new Set(
    CATALOGUE[place]
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('bag_') && !(place === 'collection' && OF_THE_COLLECTION.includes(name))),
  )
const RECORD_RIGHTS: Readonly<Record<Place, ReadonlySet<string>>> = {
  'objecttype-without-pool': rightsOf('objecttype-without-pool'),
  pool: rightsOf('pool'),
  collection: rightsOf('collection'),
  tag: rightsOf('tag'),
  object: rightsOf('object'),
}

/** What entries of a list give on records. */
export function recordGrants(place: Place, list: readonly Grant[] | null | undefined, presets: AccessPresets): AccessGrant[] {
  return grantsWith(list, presets, (name) => RECORD_RIGHTS[place].has(name))
}

/** What they give on the pool or collection that the list belongs to. */
export function bagGrants(list: readonly Grant[] | null | undefined, presets: AccessPresets): AccessGrant[] {
  return grantsWith(list, presets, (name) => name.startsWith('bag_'))
}

function grantsWith(list: readonly Grant[] | null | undefined, presets: AccessPresets, wanted: (right: string) => boolean): AccessGrant[] {
  return (list ?? []).flatMap((grant): AccessGrant[] => {
    if (grant.active === false) return []
    const follows = grant._right_preset
    const preset = follows === undefined || follows === null ? undefined : (presets.get(follows) ?? null)
    if (preset === null) return []
    const rights = Object.fromEntries(Object.entries(preset?.rights ?? grant.rights).filter(([name]) => wanted(name))) as Rights
    const who = whoOf(grant)
    if (!who || Object.keys(rights).length === 0) return []
    const tags = conditionOf([grant.tagfilter, preset?.tagfilter])
    return [{ who, rights, tags, sticky: grant.sticky === true, from: beginOf(grant.when?.from), until: endOf(grant.when?.to) }]
  })
}

/** Undefined for one that names nobody. */
export function whoOf({ who }: Pick<Grant, 'who'>): Who | undefined {
  if (who.user?._id !== undefined) return { kind: 'user', id: who.user._id }
  if (who.group?._id !== undefined) return { kind: 'group', id: who.group._id }
  return who._owner ? { kind: 'owner' } : who._pool_contact ? { kind: 'pool_contact' } : undefined
}

/** Null when none of the filters restricts anything. */
export function conditionOf(filters: readonly (TagFilter | null | undefined)[]): TagCondition | null {
  const all = filters.flatMap((filter) => filter?.all ?? [])
  const any = filters.flatMap((filter) => (filter?.any?.length ? [filter.any] : []))
  const not = filters.flatMap((filter) => filter?.not ?? [])
  return all.length + any.length + not.length === 0 ? null : { all, any, not }
}

export function satisfies(tags: readonly number[], condition: TagCondition | null): boolean {
  if (condition === null) return true
  const has = (tag: number) => tags.includes(tag)
  return condition.all.every(has) && condition.any.every((list) => list.some(has)) && !condition.not.some(has)
}

export const inForce = ({ from, until }: AccessGrant, now: number): boolean => from <= now && now < until
