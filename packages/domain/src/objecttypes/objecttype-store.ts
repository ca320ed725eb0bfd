/** Where settings of object types are kept. Object types that were never saved have none. */
import type { SharedGround } from '../collections/shared-ground.ts'
import type { RuleTargets } from '../transitions/transition-store.ts'
import type { EventRecorder } from '../events/new-event.ts'
import type { ObjecttypeSettings } from './objecttype.ts'

export interface ObjecttypeTransaction extends EventRecorder, SharedGround {
  all(): Promise<readonly ObjecttypeSettings[]>
  /** What workflow rules and lists of tags may name. */
  targets(): Promise<RuleTargets>
  save(settings: readonly ObjecttypeSettings[]): Promise<void>
}

export interface ObjecttypeStore {
  all(): Promise<readonly ObjecttypeSettings[]>
  /** One transaction that no other `change` of this instance runs beside. `work` may run more than once. */
  change<T>(work: (transaction: ObjecttypeTransaction) => Promise<T>): Promise<T>
}
