/** The pools every instance begins with: the root of the tree, which holds no records, and one to put records in. */
import type { Counters } from '../ports/counters.ts'
import { ROOT_POOL, STANDARD_POOL, type Pool } from './pool.ts'
import type { PoolStore } from './pool-store.ts'

export async function seedPools(ports: { readonly store: PoolStore; readonly counters: Counters }): Promise<void> {
  const [root, standard] = (await ports.counters.draw('pool', 2)) as [number, number]
  const now = new Date()
  const builtIn = { version: 1, isSystem: true, settings: {}, createdAt: now, updatedAt: now }
  const pools: Pool[] = [
    { ...builtIn, id: root, parentId: null, reference: ROOT_POOL, fields: { name: { 'en-US': 'All pools', 'de-DE': 'Alle Pools' } } },
    { ...builtIn, id: standard, parentId: root, reference: STANDARD_POOL, fields: { name: { 'en-US': 'Standard pool', 'de-DE': 'Standardpool' } } },
  ]
  await ports.store.change(async (stored, transaction) => {
    // Safe to repeat: an instance that has a root has been through here.
    if (stored.length === 0) await transaction.save(pools)
  })
}
