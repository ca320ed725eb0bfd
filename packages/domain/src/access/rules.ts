/**
 * The rules of an instance, compiled: what each object type, pool, tag and collection gives, with everything that comes down
 * to it from above. A book holds for one revision of the rules and until the next moment at which an entry begins or ends.
 */
import type { Caller } from '../people/caller.ts'
import type { Grant } from '../people/stored-grants.ts'
import type { Rights } from './access.ts'
import { bagGrants, conditionOf, inForce, recordGrants, whoOf, type AccessGrant, type AccessPresets, type TagFilter, type Who } from './grants.ts'

/** Rules as they are stored. */
export interface StoredRules {
  /** Revision that they belong to; at least the one that was asked for. */
  readonly revision: number
  readonly objecttypes: readonly { readonly tableId: number; readonly acl: readonly Grant[] }[]
  readonly pools: readonly (StoredList & { readonly contact: Grant['who'] | null })[]
  readonly tags: readonly { readonly id: number; readonly acl: readonly Grant[] }[]
  readonly presets: readonly { readonly id: number; readonly rights: Rights; readonly tagfilter: TagFilter | null }[]
  /** Those that have an access list in force, and everything below and above them. */
  readonly collections: readonly (StoredList & { readonly invalid: boolean; readonly pin?: string | null; readonly ownerUser?: number })[]
}
interface StoredList {
  readonly id: number
  readonly parentId: number | null
  readonly acl: readonly Grant[] | null
  readonly privateAcl: boolean
}

/** A code that protects what a collection holds; its owner needs none. */
export interface Pin {
  readonly collectionId: number
  readonly code: string
  readonly ownerUser: number
}

export interface RuleStore {
  /** All rules as they are now, in one snapshot. */
  load(): Promise<StoredRules>
}

export interface RuleBook {
  readonly revision: number
  /** The first millisecond at which it may not be true any more. */
  readonly until: number
  readonly presets: AccessPresets
  readonly objecttypes: ReadonlyMap<number, readonly AccessGrant[]>
  readonly pools: ReadonlyMap<number, readonly AccessGrant[]>
  /** By pool: who is meant by "the contact of the pool". */
  readonly contacts: ReadonlyMap<number, Who>
  readonly tags: ReadonlyMap<number, readonly AccessGrant[]>
  readonly collections: ReadonlyMap<number, readonly AccessGrant[]>
  /** By collection: its own entries that are about the collection itself. */
  readonly bags: ReadonlyMap<number, readonly AccessGrant[]>
  /** By collection: the codes that protect it and the collections above it, where there are any. */
  readonly pins: ReadonlyMap<number, readonly Pin[]>
  /** Tags on which some entry depends: no other tag of a record makes a difference. */
  readonly telling: ReadonlySet<number>
}

export function compileRules(stored: StoredRules, now: number): RuleBook {
  const presets: AccessPresets = new Map(stored.presets.map(({ id, rights, tagfilter }) => [id, { rights, condition: conditionOf(tagfilter) }]))
  const every: AccessGrant[] = []
  const current = (grants: readonly AccessGrant[]) => {
    every.push(...grants)
    return grants.filter((grant) => inForce(grant, now))
  }
  const list = (place: Parameters<typeof recordGrants>[0], acl: readonly Grant[] | null) => current(recordGrants(place, acl, presets))
  const book = {
    objecttypes: filled(stored.objecttypes.map(({ tableId, acl }) => [tableId, list('objecttype-without-pool', acl)])),
    pools: inherited(stored.pools, (pool) => list('pool', pool.acl)),
    tags: filled(stored.tags.map(({ id, acl }) => [id, list('tag', acl)])),
    pins: pinsOf(stored.collections),
    bags: filled(stored.collections.map(({ id, acl, invalid }) => [id, invalid ? [] : current(bagGrants(acl, presets))])),
    collections: inherited(stored.collections, (collection) => (collection.invalid ? [] : list('collection', collection.acl))),
  }
  const next = every.reduce((soonest, { from, until }) => Math.min(soonest, from > now ? from : until > now ? until : soonest), Infinity)
  return {
    ...book,
    revision: stored.revision,
    until: next,
    presets,
    contacts: contactsOf(stored.pools),
    telling: new Set([...book.tags.keys(), ...every.flatMap(({ tags }) => (tags ? [...tags.all, ...tags.any.flat(), ...tags.not] : []))]),
  }
}

const filled = (lists: readonly (readonly [number, readonly AccessGrant[]])[]) => new Map(lists.filter(([, grants]) => grants.length > 0))

/** Own entries and those from above, where nothing cuts them off. Something that lies below itself has nothing above. */
export function inherited<T extends StoredList>(
  all: readonly T[],
  own: (item: T) => readonly AccessGrant[],
): ReadonlyMap<number, readonly AccessGrant[]> {
  const lists = new Map<number, readonly AccessGrant[]>()
  for (const item of topDown(all)) {
    const above = (item.parentId === null ? undefined : lists.get(item.parentId)) ?? []
    const kept = item.privateAcl ? above.filter((grant) => grant.sticky) : above
    const grants = own(item)
    // Most have no entries of their own: they share one list with what is above them.
    lists.set(item.id, grants.length === 0 ? kept : [...kept, ...grants])
  }
  return lists
}

/** What has no parent among these comes first, then what is below it. */
function topDown<T extends { readonly id: number; readonly parentId: number | null }>(all: readonly T[]): readonly T[] {
  const known = new Set(all.map(({ id }) => id))
  const below = new Map<number | null, T[]>()
  for (const item of all) {
    const parent = item.parentId !== null && known.has(item.parentId) ? item.parentId : null
    const siblings = below.get(parent)
    if (siblings) siblings.push(item)
    else below.set(parent, [item])
  }
  const ordered = [...(below.get(null) ?? [])]
  for (const item of ordered) ordered.push(...(below.get(item.id) ?? []))
  return ordered
}

function contactsOf(pools: StoredRules['pools']): ReadonlyMap<number, Who> {
  const contacts = new Map<number, Who>()
  for (const pool of topDown(pools)) {
    const own = pool.contact ? whoOf({ who: pool.contact }) : undefined
    const contact = own ?? (pool.parentId === null ? undefined : contacts.get(pool.parentId))
    if (contact) contacts.set(pool.id, contact)
  }
  return contacts
}

function pinsOf(collections: StoredRules['collections']): ReadonlyMap<number, readonly Pin[]> {
  const pins = new Map<number, readonly Pin[]>()
  for (const { id, parentId, pin, ownerUser = 0 } of topDown(collections)) {
    const above = (parentId === null ? undefined : pins.get(parentId)) ?? []
    const all = pin ? [...above, { collectionId: id, code: pin, ownerUser }] : above
    if (all.length > 0) pins.set(id, all)
  }
  return pins
}

/** The book without collections that ask for a code which this user has not stored. */
export function openedTo(book: RuleBook, { userId, pinCodes = [] }: Pick<Caller, 'userId' | 'pinCodes'>): RuleBook {
  if (book.pins.size === 0) return book
  const knows = ({ collectionId, code, ownerUser }: Pin) =>
    ownerUser === userId || pinCodes.some((known) => known.collection_id === collectionId && known.pin_code === code)
  return { ...book, collections: new Map([...book.collections].filter(([id]) => (book.pins.get(id) ?? []).every(knows))) }
}
