/**
 * Pools: the tree that records are kept in.
 *
 * What somebody may do with a pool is told by the access lists of the pool and of those above it (`pool-rights.ts`). To change
 * anything takes `system.poolmanager` besides, which operations ask for.
 */
import type { AccessPresets } from '../access/grants.ts'
import { fail } from '../errors.ts'
import { holds, type Caller } from '../people/caller.ts'
import { rightDisplayname } from '../people/rights-catalogue.ts'
import type { Counters } from '../ports/counters.ts'
import type { Clock } from '../ports/clock.ts'
import { storedGrants } from '../people/stored-grants.ts'
import { resolvePrincipals, type Principals } from '../people/principals.ts'
import type { Pool, PoolDocument } from './pool.ts'
import { poolDocument } from './pool-document.ts'
import { PoolRights, type PoolRight } from './pool-rights.ts'
import { planSave } from './pool-save.ts'
import type { PoolStore } from './pool-store.ts'
import { PoolTree } from './pool-tree.ts'

export interface PoolPorts {
  readonly store: PoolStore
  readonly counters: Counters
  readonly principals: Principals
  readonly clock: Clock
  /** Rules as they are kept; entries of access lists may follow one of their presets. */
  readonly access: { book(revision: number): Promise<{ readonly presets: AccessPresets }> }
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
    return seen.slice(page.offset, page.offset + page.limit).map((pool) => documentFor(pool, tree, caller, rights))
  }

  async read(caller: Caller, id: number): Promise<PoolDocument> {
    const [tree, rights] = await this.#seenBy(caller)
    const pool = existing(tree, id)
    demand(rights, 'bag_read', pool, (above) => tree.get(above))
    return documentFor(pool, tree, caller, rights)
  }

  /** Stores all of the documents or none; answers them as they are stored. */
  async save(caller: Caller, documents: readonly PoolDocument[]): Promise<PoolDocument[]> {
    const { counters, store, clock } = this.#ports
    const [wanted, rights] = await Promise.all([this.#prepared(documents), this.#rightsOf(caller)])
    const freshIds = await counters.draw('pool', wanted.length)
    const { all, saved } = await store.change(async (pools, transaction) => {
      const plan = planSave(pools, wanted, {
        freshIds,
        owner: { _basetype: 'user', user: { _id: caller.userId } },
        now: clock(),
        root: caller.root,
        demand: (right, pool, byId) => demand(rights, right, pool, byId),
      })
      await transaction.save(plan.saved)
      return plan
    })
    const tree = new PoolTree(all)
    return saved.map((pool) => documentFor(pool, tree, caller, rights))
  }

  /** Removes a pool with those below it, unless one of them holds records or is built in. */
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

  /** The documents with people found and grants checked; none of that needs the tree. */
  async #prepared(documents: readonly PoolDocument[]): Promise<PoolDocument[]> {
    const grants = await storedGrants(
      'pool',
      documents.map((d) => d._acl ?? []),
      this.#ports,
    )
    const named = documents.flatMap((d) => [d._owner, d.pool.contact].filter((p) => p !== undefined && p !== null))
    const people = await resolvePrincipals(named, this.#ports.principals)
    return documents.map((document, i) => ({
      ...document,
      ...(document._acl && { _acl: grants[i] ?? [] }),
      ...(document._owner && { _owner: people.shift() ?? document._owner }),
      pool: { ...document.pool, ...(document.pool.contact && { contact: people.shift() ?? null }) },
    }))
  }
}

const existing = (tree: PoolTree, id: number): Pool => tree.get(id) ?? fail('ResourceNotFound', { resource: `pool:${id}` })

function demand(rights: PoolRights, right: PoolRight, pool: Pool, byId: (id: number) => Pool | undefined): void {
  if (!rights.of(pool, byId).includes(right)) fail('RightRequired', { right, rightdisplayname: rightDisplayname(right) })
}

const documentFor = (pool: Pool, tree: PoolTree, caller: Caller, rights: PoolRights): PoolDocument =>
  poolDocument(pool, tree, { rights: rights.of(pool, (id) => tree.get(id)), manages: holds(caller.systemRights, 'system.poolmanager') })
