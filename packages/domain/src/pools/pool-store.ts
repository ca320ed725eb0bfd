/** What the storage of pools has to promise. */
import type { SharedGround } from '../collections/shared-ground.ts'
import type { RuleTargets } from '../transitions/transition-store.ts'
import type { EventRecorder } from '../events/new-event.ts'
import type { Pool } from './pool.ts'

export interface PoolTransaction extends EventRecorder, SharedGround {
  /** What workflow rules and lists of tags may name. */
  targets(): Promise<RuleTargets>
  /** Stores new and changed pools. Fails with DatabaseUniqueKeyViolation. */
  save(pools: readonly Pool[]): Promise<void>
  /** Number of live records in each of these pools that holds any. No record can be put in them until the end. */
  recordsIn(ids: readonly number[]): Promise<ReadonlyMap<number, number>>
  remove(ids: readonly number[]): Promise<void>
}

export interface PoolStore {
  all(): Promise<Pool[]>
  /**
   * Runs `work` on all pools in one transaction, one at a time per instance, so that what it decides about the tree stays
   * true until it is stored. It may run more than once.
   */
  change<T>(work: (pools: readonly Pool[], transaction: PoolTransaction) => Promise<T>): Promise<T>
}
