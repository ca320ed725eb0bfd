/**
 * Pools: the tree that records are kept in.
 *
 * What somebody may do with a pool is told by the access lists of the pool and of those above it (`pool-rights.ts`). To change
 * anything takes `system.poolmanager` besides, which operations ask for.
 */
import { isDeepStrictEqual } from 'node:util'
import type { AccessPresets } from '../access/grants.ts'
import { UNDECIDED, type AclDecision } from '../collections/collection.ts'
import { groundCheck, recheckHeld, type GroundPorts } from '../collections/shared-ground.ts'
import { fail } from '../errors.ts'
import { deletedEvents, savedEvents } from '../events/changed.ts'
import { holds, type Caller } from '../people/caller.ts'
import { rightDisplayname } from '../people/rights-catalogue.ts'
import type { Counters } from '../ports/counters.ts'
import { storedGrants } from '../people/stored-grants.ts'
import { resolvePrincipals, type Principals } from '../people/principals.ts'
import { storedPlace } from '../places/place-save.ts'
import { NEWEST, placesKnowing, type PlacesAt } from '../places/places-knowing.ts'
import { compiledTags } from '../tags/place-tags.ts'
import { idsFrom, preparedRules } from '../transitions/prepared-rules.ts'
import type { Pool, PoolDocument } from './pool.ts'
import { poolDocument } from './pool-document.ts'
import { PoolRights, type PoolRight } from './pool-rights.ts'
import { planSave } from './pool-save.ts'
import type { PoolStore } from './pool-store.ts'
import { PoolTree } from './pool-tree.ts'

export interface PoolPorts extends GroundPorts {
  readonly store: PoolStore
  readonly counters: Counters
  readonly principals: Principals
  /** Rules as they are kept; entries of access lists may follow one of their presets. */
  readonly access: { book(revision: number): Promise<{ readonly presets: AccessPresets }> }
  readonly places: PlacesAt
}

/** Somebody before all pools. */
interface PoolReader {
  readonly tree: PoolTree
  readonly caller: Caller
  readonly rights: PoolRights
}

export class PoolService {
  readonly #ports: PoolPorts

  constructor(ports: PoolPorts) {
    this.#ports = ports
  }

  /** The pools the caller may see, parents before children. */
  async list(caller: Caller, page: { limit: number; offset: number }): Promise<PoolDocument[]> {
    const [tree, rights] = await this.#seenBy(caller)
    const seen = tree.inOrder().filter((pool) => rights.of(pool, (id) => tree.get(id)).includes('bag_read'))
    return this.#documents(seen.slice(page.offset, page.offset + page.limit), { tree, caller, rights }, caller.configRevision)
  }

  async read(caller: Caller, id: number): Promise<PoolDocument> {
    const [tree, rights] = await this.#seenBy(caller)
    const pool = existing(tree, id)
    demand(rights, 'bag_read', pool, (above) => tree.get(above))
    const [document] = await this.#documents([pool], { tree, caller, rights }, caller.configRevision)
    return document as PoolDocument
  }

  /** Stores all of the documents or none; answers them as they are stored. */
  async save(caller: Caller, documents: readonly PoolDocument[], decision: AclDecision = UNDECIDED): Promise<PoolDocument[]> {
    const { counters, store, clock } = this.#ports
    const [{ wanted, freshRuleIds }, rights] = await Promise.all([this.#prepared(documents), this.#rightsOf(caller)])
    const freshIds = await counters.draw('pool', wanted.length)
    const check = await groundCheck(this.#ports, caller, decision)
    const { all, saved } = await store.change(async (pools, transaction) => {
      const plan = planSave(pools, wanted, {
        freshIds,
        owner: { _basetype: 'user', user: { _id: caller.userId } },
        now: clock(),
        root: caller.root,
        demand: (right, pool, byId) => demand(rights, right, pool, byId),
      })
      const context = { targets: await transaction.targets(), takeId: idsFrom(freshRuleIds) }
      const before = new Map(pools.map((pool) => [pool.id, pool]))
      const stored = plan.saved.map((pool) => ({ ...pool, settings: storedPlace(pool.settings, before.get(pool.id)?.settings, context) }))
      const shared = stored.some((pool) => givesOtherwise(pool, before.get(pool.id))) ? await transaction.sharedCollections() : null
      await transaction.save(stored)
      await transaction.recordEvents(savedEvents('POOL', stored), caller)
      await recheckHeld(shared, check)
      return { all: plan.all, saved: stored }
    })
    // The settings have changed since the caller learnt of their revision: the newest ones are wanted.
    return this.#documents(saved, { tree: new PoolTree(all), caller, rights }, NEWEST)
  }

  /**
   * Removes a pool with those below it, unless one of them holds records or is built in. Nobody shares a record of a pool that has
   * none, so no access list of a collection stands on it.
   */
  async remove(caller: Caller, id: number): Promise<void> {
    const rights = await this.#rightsOf(caller)
    await this.#ports.store.change(async (pools, transaction) => {
      const tree = new PoolTree(pools)
      const subtree = tree.subtree(existing(tree, id).id)
      for (const pool of subtree) demand(rights, 'bag_delete', pool, (above) => tree.get(above))
      if (subtree.some((pool) => pool.isSystem)) fail('ServerGeneric', { msg: 'built-in pools cannot be deleted' })
      const ids = subtree.map((pool) => pool.id)
      const records = await transaction.recordsIn(ids)
      if (records.size > 0)
        fail('PoolNotEmpty', { stats: Object.fromEntries([...records].map(([pool, count]) => [String(pool), { objects: count }])) })
      await transaction.remove(ids)
      await transaction.recordEvents(deletedEvents('POOL', subtree), caller)
    })
  }

  async #seenBy(caller: Caller): Promise<[PoolTree, PoolRights]> {
    const [pools, rights] = await Promise.all([this.#ports.store.all(), this.#rightsOf(caller)])
    return [new PoolTree(pools), rights]
  }

  async #rightsOf(caller: Caller): Promise<PoolRights> {
    const { access, clock } = this.#ports
    // Root has every right, whatever the lists say.
    const presets = caller.root ? new Map<number, never>() : (await access.book(caller.configRevision)).presets
    return new PoolRights(caller, presets, clock())
  }

  /** Fails unless there is such a pool. */
  async demandExisting(id: number): Promise<void> {
    existing(new PoolTree(await this.#ports.store.all()), id)
  }

  async #documents(pools: readonly Pool[], { tree, caller, rights }: PoolReader, revision: number): Promise<PoolDocument[]> {
    const ids = pools.map(({ id }) => id)
    const places = await placesKnowing(ids, this.#ports.places, revision)
    const manages = holds(caller.systemRights, 'system.poolmanager')
    return pools.map((pool) => ({
      ...poolDocument(pool, tree, { rights: rights.of(pool, (id) => tree.get(id)), manages }),
      ...(places.hasPool(pool.id) && { _compiled_tags: compiledTags(places.ofPool(pool.id).tags) }),
    }))
  }

  /** The documents with people found, grants and rules checked; none of that needs the tree. */
  async #prepared(documents: readonly PoolDocument[]): Promise<{ wanted: PoolDocument[]; freshRuleIds: readonly number[] }> {
    const grants = await storedGrants(
      'pool',
      documents.map((d) => d._acl ?? []),
      this.#ports,
    )
    const named = documents.flatMap((d) => [d._owner, d.pool.contact].filter((p) => p !== undefined && p !== null))
    const people = await resolvePrincipals(named, this.#ports.principals)
    const rules = await preparedRules(
      documents.map((d) => d._transitions ?? []),
      this.#ports,
    )
    const wanted = documents.map((document, i) => ({
      ...document,
      ...(document._transitions && { _transitions: [...(rules.lists[i] ?? [])] }),
      ...(document._acl && { _acl: grants[i] ?? [] }),
      ...(document._owner && { _owner: people.shift() ?? document._owner }),
      pool: { ...document.pool, ...(document.pool.contact && { contact: people.shift() ?? null }) },
    }))
    return { wanted, freshRuleIds: rules.freshIds }
  }
}

/** A new pool holds no records that anybody could share. Entries of lists may be for the contact. */
function givesOtherwise(after: Pool, before: Pool | undefined): boolean {
  if (!before) return false
  const ground = ({ parentId, fields: { contact }, settings: { _acl, _private_acl } }: Pool) => [parentId, contact, _acl ?? [], _private_acl ?? false]
  return !isDeepStrictEqual(ground(after), ground(before))
}

const existing = (tree: PoolTree, id: number): Pool => tree.get(id) ?? fail('ResourceNotFound', { resource: `pool:${id}` })

function demand(rights: PoolRights, right: PoolRight, pool: Pool, byId: (id: number) => Pool | undefined): void {
  if (!rights.of(pool, byId).includes(right)) fail('RightRequired', { right, rightdisplayname: rightDisplayname(right) })
}
