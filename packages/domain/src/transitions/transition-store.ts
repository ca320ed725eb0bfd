/** What the storage of workflow rules has to promise. */
import type { Schemas } from '@vitrine/contract/instance'
import type { EventRecorder } from '../events/new-event.ts'

export type TransitionDocument = Schemas['Transition']
export type Transition = TransitionDocument & { readonly _id: number }

/** What a rule or a list of tags may name. */
export interface RuleTargets {
  readonly tagIds: ReadonlySet<number>
  readonly webhooks: ReadonlySet<string>
  /** Groups that own nothing. */
  readonly systemGroups: ReadonlySet<number>
}

export interface TransitionTransaction extends EventRecorder {
  /** In order. */
  all(): Promise<Transition[]>
  /** No tag that is among them goes away before the end. */
  targets(): Promise<RuleTargets>
  /** Makes these the only rules, in this order. */
  replace(rules: readonly Transition[]): Promise<void>
}

export interface TransitionStore {
  /** In order. */
  all(): Promise<Transition[]>
  /** Runs `work` in one transaction, one at a time per instance. It may run more than once. */
  change<T>(work: (transaction: TransitionTransaction) => Promise<T>): Promise<T>
}
