/**
 * Which records of one type a caller may read, and see through one mask, in a form that a database can start from: instead of
 * asking about every record, a list begins at the pools, tags, entries and collections that lead to readable ones.
 *
 * It says the same as `rightsOn`: a record is listed when something here leads to it, or it is the caller's own, and when one
 * of `masks` covers it.
 */
import type { Datamodel, Mask } from '../datamodel/model.ts'
import { allowsMask, type Rights } from './access.ts'
import type { AccessGrant, TagCondition } from './grants.ts'
import { READING } from './record-rows.ts'
import { narrowed } from './rights.ts'
import type { RuleBook } from './rules.ts'

export interface ReadScope {
  readonly userId: number
  readonly groupIds: readonly number[]
  readonly places: readonly ScopePlace[]
  /** Records that carry one of these tags. */
  readonly tags: readonly ScopeSource[]
  /** Records that one of these collections holds. */
  readonly collections: readonly ScopeSource[]
  /** Access lists of the records themselves; null where the type has none. */
  readonly lists: ScopeLists | null
  /** Where the mask may be used. */
  readonly masks: readonly ScopePlace[]
  /** Pools whose contact the caller is. */
  readonly contactPools: readonly number[]
}

interface ScopeCondition {
  /** Only records in `contactPools`. */
  readonly contactOnly: boolean
  readonly tags: TagCondition | null
}
export interface ScopePlace extends ScopeCondition {
  /** Null stands for records in no pool. */
  readonly pools: readonly number[] | null
  /** Private records as well. */
  readonly evenPrivate: boolean
  /** Only records that the caller owns. */
  readonly ownOnly: boolean
}
export interface ScopeSource extends ScopeCondition {
  readonly ids: readonly number[]
}
export interface ScopeLists {
  /** Lists hold for the records below as well. */
  readonly inherited: boolean
  /** Presets that let a record be read, where their own condition is met. */
  readonly presets: readonly { readonly ids: readonly number[]; readonly tags: TagCondition | null }[]
  /** The moment of the question, in milliseconds. */
  readonly now: number
}

export interface ScopeQuestion {
  readonly datamodel: Datamodel
  readonly mask: Mask
  readonly book: RuleBook
  readonly mine: (grants: readonly AccessGrant[]) => readonly AccessGrant[]
  readonly contactPools: readonly number[]
}

type Scoped = Pick<ReadScope, 'places' | 'tags' | 'collections' | 'masks'>
/** The entries that matter of a list; the pool is null for lists of object types. */
type Chosen = (grants: readonly AccessGrant[], pool: number | null) => readonly AccessGrant[]

export function scopeOf({ datamodel, mask, book, mine, contactPools }: ScopeQuestion): Scoped {
  const { table } = mask
  // Owners read their records anyway.
  const reading: Chosen = (grants) => mine(grants).filter(({ who, rights }) => who.kind !== 'owner' && reads(rights, table.id))
  const masking: Chosen = (grants, pool) => {
    const choice = { id: mask.id, isStandard: mask === datamodel.standardMask(table, pool ?? undefined) }
    return mine(grants).filter(({ rights }) => allowsMask(narrowed(rights, table.id), table.id, choice))
  }
  const contact = new Set(contactPools)
  const places = (chosen: Chosen, evenPrivate: (grant: AccessGrant) => boolean): ScopePlace[] => {
    const ofType = chosen(book.objecttypes.get(table.id) ?? [], null).filter(({ who }) => who.kind !== 'pool_contact')
    const ofPools = [...book.pools].flatMap(([pool, grants]) =>
      chosen(grants, pool).flatMap((grant) => (grant.who.kind !== 'pool_contact' || contact.has(pool) ? [{ pool, grant }] : [])),
    )
    const conditionOf = (grant: AccessGrant) => ({
      ...{ evenPrivate: evenPrivate(grant), ownOnly: grant.who.kind === 'owner', contactOnly: false, tags: grant.tags },
    })
    return [
      ...merged(ofType.map((grant) => ({ id: 0, condition: conditionOf(grant) }))).map(({ condition }) => ({ pools: null, ...condition })),
      ...merged(ofPools.map(({ pool, grant }) => ({ id: pool, condition: conditionOf(grant) }))).map(({ ids, condition }) => ({
        pools: ids,
        ...condition,
      })),
    ]
  }
  const sources = (lists: ReadonlyMap<number, readonly AccessGrant[]>): ScopeSource[] => {
    const found = [...lists].flatMap(([id, grants]) =>
      reading(grants, null).map((grant) => ({ id, condition: { contactOnly: grant.who.kind === 'pool_contact', tags: grant.tags } })),
    )
    return merged(found).map(({ ids, condition }) => ({ ids, ...condition }))
  }
  return {
    places: places(reading, (grant) => grant.sticky),
    tags: sources(book.tags),
    collections: sources(book.collections),
    masks: places(masking, () => true),
  }
}

const reads = (rights: Rights, tableId: number) => {
  const narrow = narrowed(rights, tableId)
  return READING.some((name) => narrow[name] !== undefined)
}

export function readingPresets({ presets }: RuleBook, tableId: number): ScopeLists['presets'] {
  const reading = [...presets].filter(([, { rights }]) => reads(rights, tableId))
  return merged(reading.map(([id, { condition }]) => ({ id, condition: { tags: condition } }))).map(({ ids, condition }) => ({ ids, ...condition }))
}

/** Everything that has the same condition, under one. */
function merged<C>(found: readonly { readonly id: number; readonly condition: C }[]): { readonly ids: readonly number[]; readonly condition: C }[] {
  const groups = new Map<string, { ids: Set<number>; condition: C }>()
  for (const { id, condition } of found) {
    const key = JSON.stringify(condition)
    const group = groups.get(key)
    if (group) group.ids.add(id)
    else groups.set(key, { ids: new Set([id]), condition })
  }
  return [...groups.values()].map(({ ids, condition }) => ({ ids: [...ids], condition }))
}
