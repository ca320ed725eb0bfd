/**
 * What one caller may do with records, by the rules of one book.
 *
 * Inheritance: a record takes entries of its pool with the pools above it, or of its object type where it stands in no pool, and
 * of the records above it. `_private_acl` of a record cuts all of these off but for sticky entries, and it leaves `mask` alone:
 * that right says in which form somebody sees what they may read, and it cannot be granted on a record. Entries of tags and
 * collections were put on the record itself, so to speak, and stay. In every list `_owner` means the owner of the record that
 * is asked about, and `_pool_contact` the contact of its pool.
 *
 * Almost all records of a pool are alike: what rules give is kept per object type, pool, telling tags and ownership.
 */
import type { Datamodel, Mask, Model } from '../datamodel/model.ts'
import type { Caller } from '../people/caller.ts'
import { mergeRights } from '../people/merge-rights.ts'
import type { Grant } from '../people/stored-grants.ts'
import type { Sight } from '../collections/collection-store.ts'
import { type AccessAncestor, type AccessSource, type AccessSubject, type CallerAccess, type Rights } from './access.ts'
import { inForce, recordGrants, satisfies, type AccessGrant, type Who } from './grants.ts'
import { readingPresets, scopeOf, type ReadScope } from './read-scope.ts'
import { narrowed, OWNER_RIGHTS } from './rights.ts'
import type { RuleBook } from './rules.ts'

type Placed = Pick<AccessSubject, 'tableId' | 'poolId' | 'tags' | 'anyTags' | 'ownerUser' | 'ownerGroup' | 'privateAcl'>
type Ancestors = ReadonlyMap<number, AccessAncestor>
const NO_ANCESTORS: Ancestors = new Map()
const MOST_KEPT = 5000

export class CallerRights implements CallerAccess {
  readonly root = false
  readonly #book: RuleBook
  readonly #model: Model
  readonly #caller: Pick<Caller, 'userId' | 'groupIds'>
  readonly #groups: ReadonlySet<number>
  readonly #now: () => number
  readonly #collections: readonly number[]
  readonly #kept = new Map<string, Rights>()
  /** Per datamodel, because settings say which mask is the standard one. */
  readonly #scopes = new WeakMap<Datamodel, Map<Mask, Omit<ReadScope, 'lists'>>>()
  readonly #contactPools: readonly number[]
  readonly collectionSight: Sight
  readonly #mine = new WeakMap<readonly AccessGrant[], readonly AccessGrant[]>()

  constructor(book: RuleBook, model: Model, caller: Pick<Caller, 'userId' | 'groupIds'>, now: () => number) {
    this.#book = book
    this.#model = model
    this.#caller = caller
    this.#groups = new Set(caller.groupIds)
    this.#now = now
    this.#contactPools = [...book.contacts].filter(([, who]) => this.#isMe(who)).map(([id]) => id)
    this.#collections = [...book.collections].filter(([, grants]) => this.#ofMine(grants).length > 0).map(([id]) => id)
    const bags = [...book.bags].map(([id, grants]) => ({ id, opening: grants.filter(opensBag).filter(({ who }) => this.#isMe(who)) }))
    const entries = bags.flatMap(({ id, opening }) => (opening.length > 0 ? [{ id, sticky: opening.some(({ sticky }) => sticky) }] : []))
    this.collectionSight = { ownerUser: caller.userId, entries }
  }

  objecttype(tableId: number): string {
    return this.#model.tables.get(tableId)?.name ?? String(tableId)
  }

  hasAnywhere(right: string): boolean {
    const { objecttypes, pools, collections } = this.#book
    return [objecttypes, pools, collections].some((lists) =>
      [...lists.values()].some((list) => this.#ofMine(list).some(({ rights }) => rights[right])),
    )
  }

  async rightsOn(source: AccessSource, subjects: readonly AccessSubject[]): Promise<readonly Rights[]> {
    const [ancestors, memberships] = await Promise.all([this.#ancestors(source, subjects), this.#memberships(source, subjects)])
    const above = new Map<string, readonly AccessGrant[]>()
    return subjects.map((subject) => {
      const extra = [
        ...this.#ownList(subject),
        ...this.#listsAbove(subject, ancestors, above),
        ...(memberships.get(subject.systemId ?? 0) ?? []).flatMap((id) => this.#ofMine(this.#book.collections.get(id) ?? [])),
      ]
      const base = this.#base(subject)
      return extra.length === 0 ? base : mergeRights([base, ...this.#given(extra, subject)])
    })
  }

  readScope(datamodel: Datamodel, mask: Mask): ReadScope {
    const { id: tableId } = mask.table
    const lists = this.#model.tables.get(tableId)?.aclTable
      ? { inherited: this.#inherits(tableId), presets: readingPresets(this.#book, tableId), now: this.#now() }
      : null
    return { ...this.#scope(datamodel, mask), lists }
  }

  #scope(datamodel: Datamodel, mask: Mask): Omit<ReadScope, 'lists'> {
    const scopes = this.#scopes.get(datamodel) ?? new Map<Mask, Omit<ReadScope, 'lists'>>()
    this.#scopes.set(datamodel, scopes)
    const known = scopes.get(mask)
    if (known) return known
    const { userId, groupIds } = this.#caller
    const contactPools = this.#contactPools
    const mine = (grants: readonly AccessGrant[]) => this.#ofMine(grants)
    const scope = { userId, groupIds, contactPools, ...scopeOf({ datamodel, mask, book: this.#book, mine, contactPools }) }
    scopes.set(mask, scope)
    return scope
  }

  /** What rules and ownership give, without what only the record itself knows. */
  #base(subject: Placed): Rights {
    const tags = subject.tags.filter((tag) => this.#book.telling.has(tag)).toSorted((a, b) => a - b)
    const owner = this.#owns(subject)
    const key = `${subject.tableId} ${subject.poolId} ${subject.privateAcl} ${owner} ${subject.anyTags ? 'any' : tags.join()}`
    const known = this.#kept.get(key)
    if (known) return known
    const rights = mergeRights([...(owner ? [OWNER_RIGHTS] : []), ...this.#placeRights(subject), ...this.#given(this.#tagGrants(tags), subject)])
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
    this.#kept.set(key, rights)
    return rights
  }

  #placeRights(subject: Placed): Rights[] {
    const { poolId, tableId, privateAcl } = subject
    const list = (poolId === null ? this.#book.objecttypes.get(tableId) : this.#book.pools.get(poolId)) ?? []
    const mine = this.#ofMine(list)
    if (!privateAcl) return this.#given(mine, subject)
    const kept = mine.flatMap((grant) =>
      grant.sticky ? [grant] : grant.rights['mask'] ? [{ ...grant, rights: { mask: grant.rights['mask'] } }] : [],
    )
    return this.#given(kept, subject)
  }

  #tagGrants(tags: readonly number[]): readonly AccessGrant[] {
    return tags.flatMap((tag) => this.#ofMine(this.#book.tags.get(tag) ?? []))
  }

  #ownList({ tableId, acl }: AccessSubject): readonly AccessGrant[] {
    return acl !== null && acl.length > 0 && this.#model.tables.get(tableId)?.aclTable ? this.#listed(acl) : []
  }

  #listsAbove(subject: AccessSubject, ancestors: Ancestors, known: Map<string, readonly AccessGrant[]>): readonly AccessGrant[] {
    if (subject.parentId === null || ancestors.size === 0 || !this.#inherits(subject.tableId)) return []
    const key = `${subject.parentId} ${subject.privateAcl}`
    const grants = known.get(key) ?? this.#listed(entriesAbove(subject, ancestors))
    known.set(key, grants)
    return grants
  }

  #listed(acl: readonly Grant[]): readonly AccessGrant[] {
    const now = this.#now()
    return recordGrants('object', acl, this.#book.presets).filter((grant) => inForce(grant, now) && this.#mayBeMine(grant.who))
  }

  #inherits(tableId: number): boolean {
    const table = this.#model.tables.get(tableId)
    return table !== undefined && table.aclTable && table.hierarchical
  }

  #ancestors(source: AccessSource, subjects: readonly AccessSubject[]): Promise<Ancestors> | Ancestors {
    // Also one below zero: another new record of the same dry run, which is there until that ends.
    const parents = subjects.flatMap(({ tableId, parentId }) => (parentId !== null && this.#inherits(tableId) ? [parentId] : []))
    return parents.length === 0 ? NO_ANCESTORS : source.ancestors([...new Set(parents)])
  }

  #memberships(
    source: AccessSource,
    subjects: readonly AccessSubject[],
  ): Promise<ReadonlyMap<number, readonly number[]>> | ReadonlyMap<number, never> {
    const stored = subjects.flatMap(({ systemId }) => (systemId !== null ? [systemId] : []))
    return this.#collections.length === 0 || stored.length === 0 ? new Map<number, never>() : source.memberships(stored, this.#collections)
  }

  #given(grants: readonly AccessGrant[], subject: Placed): Rights[] {
    return grants
      .filter(({ who, tags }) => this.#isMine(who, subject) && (subject.anyTags || satisfies(subject.tags, tags)))
      .map(({ rights }) => narrowed(rights, subject.tableId))
  }

  #ofMine(grants: readonly AccessGrant[]): readonly AccessGrant[] {
    const mine = this.#mine.get(grants) ?? grants.filter(({ who }) => this.#mayBeMine(who))
    this.#mine.set(grants, mine)
    return mine
  }

  #mayBeMine(who: Who): boolean {
    return 'id' in who ? this.#isMe(who) : true
  }

  #isMe(who: Who): boolean {
    return who.kind === 'user' ? who.id === this.#caller.userId : who.kind === 'group' && this.#groups.has(who.id)
  }

  #isMine(who: Who, subject: Placed): boolean {
    if (who.kind === 'owner') return this.#owns(subject)
    if (who.kind !== 'pool_contact') return this.#isMe(who)
    const contact = subject.poolId === null ? undefined : this.#book.contacts.get(subject.poolId)
    return contact !== undefined && this.#isMe(contact)
  }

  #owns({ ownerUser, ownerGroup }: Pick<AccessSubject, 'ownerUser' | 'ownerGroup'>): boolean {
    return ownerUser === this.#caller.userId || (ownerGroup !== null && this.#groups.has(ownerGroup))
  }
}

/** Owners need no entry, and the stronger rights bring reading along. */
const opensBag = ({ rights }: AccessGrant) => ['bag_read', 'bag_write', 'bag_delete'].some((name) => rights[name])

/** Entries of the lists above a record that reach it. */
function entriesAbove(subject: AccessSubject, ancestors: Ancestors): Grant[] {
  const entries: Grant[] = []
  const seen = new Set<number>()
  let onlySticky = subject.privateAcl
  for (let id = subject.parentId; id !== null && !seen.has(id);) {
    seen.add(id)
    const ancestor = ancestors.get(id)
    if (!ancestor) break
    entries.push(...(ancestor.acl ?? []).filter((entry) => !onlySticky || entry.sticky === true))
    onlySticky ||= ancestor.privateAcl
    id = ancestor.parentId
  }
  return entries
}
