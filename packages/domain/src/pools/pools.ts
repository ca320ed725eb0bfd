/**
 * Pools: the tree that records are kept in.
 *
 * Rights on a pool (`bag_*`) are held by root and by the pool's owner. Those that access lists give are evaluated together
 * with the rights on records; until then a list is checked, stored and answered, and gives nothing.
 */
import { fail } from '../errors.ts'
import { deletedEvents, savedEvents } from '../events/changed.ts'
import { holds, type Caller } from '../people/caller.ts'
import type { Counters } from '../ports/counters.ts'
import type { Clock } from '../ports/clock.ts'
import { storedGrants } from '../people/stored-grants.ts'
import { resolvePrincipals, type Principals } from '../people/principals.ts'
import { storedPlace } from '../places/place-save.ts'
import { NEWEST, placesKnowing, type PlacesAt } from '../places/places-knowing.ts'
import { compiledTags } from '../tags/place-tags.ts'
import { idsFrom, preparedRules } from '../transitions/prepared-rules.ts'
import type { Pool, PoolDocument } from './pool.ts'
import { poolDocument } from './pool-document.ts'
import { planSave } from './pool-save.ts'
import type { PoolStore } from './pool-store.ts'
import { PoolTree } from './pool-tree.ts'

export interface PoolPorts {
  readonly store: PoolStore
  readonly counters: Counters
  readonly principals: Principals
  readonly clock: Clock
  readonly places: PlacesAt
}

type BagRight = 'bag_read' | 'bag_write' | 'bag_delete' | 'bag_acl' | 'bag_create'
const ALL_RIGHTS: readonly BagRight[] = ['bag_read', 'bag_write', 'bag_delete', 'bag_acl', 'bag_create']
const OWNER_RIGHTS: readonly BagRight[] = ['bag_read', 'bag_write', 'bag_delete']

export class PoolService {
  readonly #ports: PoolPorts

  constructor(ports: PoolPorts) {
    this.#ports = ports
  }

  /** The pools the caller may see, parents before children. */
  async list(caller: Caller, page: { limit: number; offset: number }): Promise<PoolDocument[]> {
    const tree = new PoolTree(await this.#ports.store.all())
    const seen = tree.inOrder().filter((pool) => rightsOn(pool, caller).includes('bag_read'))
    return this.#documents(seen.slice(page.offset, page.offset + page.limit), tree, caller, caller.configRevision)
  }

  async read(caller: Caller, id: number): Promise<PoolDocument> {
    const tree = new PoolTree(await this.#ports.store.all())
    const pool = existing(tree, id)
    demand(caller, 'bag_read', pool)
    const [document] = await this.#documents([pool], tree, caller, caller.configRevision)
    return document as PoolDocument
  }

  /** Stores all of the documents or none; answers them as they are stored. */
  async save(caller: Caller, documents: readonly PoolDocument[]): Promise<PoolDocument[]> {
    const { counters, store, clock } = this.#ports
    const { wanted, freshRuleIds } = await this.#prepared(documents)
    const freshIds = await counters.draw('pool', wanted.length)
    const { all, saved } = await store.change(async (pools, transaction) => {
      const plan = planSave(pools, wanted, {
        freshIds,
        owner: { _basetype: 'user', user: { _id: caller.userId } },
        now: clock(),
        demand: (right, pool) => demand(caller, right, pool),
      })
      const context = { targets: await transaction.targets(), takeId: idsFrom(freshRuleIds) }
      const before = new Map(pools.map((pool) => [pool.id, pool.settings]))
      const stored = plan.saved.map((pool) => ({ ...pool, settings: storedPlace(pool.settings, before.get(pool.id), context) }))
      await transaction.save(stored)
      await transaction.recordEvents(savedEvents('POOL', stored), caller)
      return { all: plan.all, saved: stored }
    })
    // The settings have changed since the caller learnt of their revision: the newest ones are wanted.
    return this.#documents(saved, new PoolTree(all), caller, NEWEST)
  }

  /** Removes a pool with those below it, unless one of them holds records or is built in. */
  async remove(caller: Caller, id: number): Promise<void> {
    await this.#ports.store.change(async (pools, transaction) => {
      const tree = new PoolTree(pools)
      demand(caller, 'bag_delete', existing(tree, id))
      const subtree = tree.subtree(id)
      if (subtree.some((pool) => pool.isSystem)) fail('ServerGeneric', { msg: 'built-in pools cannot be deleted' })
      const ids = subtree.map((pool) => pool.id)
      const records = await transaction.recordsIn(ids)
      if (records.size > 0)
        fail('PoolNotEmpty', { stats: Object.fromEntries([...records].map(([pool, count]) => [String(pool), { objects: count }])) })
      await transaction.remove(ids)
      await transaction.recordEvents(deletedEvents('POOL', subtree), caller)
    })
  }

  /** Fails unless there is such a pool. */
  async demandExisting(id: number): Promise<void> {
    existing(new PoolTree(await this.#ports.store.all()), id)
  }

  async #documents(pools: readonly Pool[], tree: PoolTree, caller: Caller, revision: number): Promise<PoolDocument[]> {
    const ids = pools.map(({ id }) => id)
    const places = await placesKnowing(ids, this.#ports.places, revision)
    const manages = holds(caller.systemRights, 'system.poolmanager')
    return pools.map((pool) => ({
      ...poolDocument(pool, tree, { rights: rightsOn(pool, caller), manages }),
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

const existing = (tree: PoolTree, id: number): Pool => tree.get(id) ?? fail('ResourceNotFound', { resource: `pool:${id}` })

function rightsOn(pool: Pool, caller: Caller): readonly BagRight[] {
  if (caller.root) return ALL_RIGHTS
  return pool.settings._owner?.user?._id === caller.userId ? OWNER_RIGHTS : []
}

function demand(caller: Caller, right: BagRight, pool: Pool): void {
  if (!rightsOn(pool, caller).includes(right)) fail('RightRequired', { right, rightdisplayname: right })
}
