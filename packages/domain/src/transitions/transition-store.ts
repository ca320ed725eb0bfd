/** What the storage of workflow rules has to promise. */
import type { Schemas } from '@vitrine/contract/instance'

export type TransitionDocument = Schemas['Transition']
export type Transition = TransitionDocument & { readonly _id: number }

export interface TransitionStore {
  /** In order. */
  all(): Promise<Transition[]>
  /** Ids of all tags there are. */
  tagIds(): Promise<ReadonlySet<number>>
  /** Makes these the only rules, in this order. Two replacements at once do not mix. */
  replace(rules: readonly Transition[]): Promise<void>
}
