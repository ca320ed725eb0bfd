/**
 * Workflow rules at work: what they make of a batch of changes. A rule may refuse the batch, ask the caller first, change tags
 * and owner of what is about to be stored, and start messages once it is.
 */
import type { Table } from '../datamodel/model.ts'
import type { Caller } from '../people/caller.ts'

export type WorkflowOperation = 'INSERT' | 'UPDATE' | 'DELETE'

export interface WorkflowState {
  readonly poolId: number | null
  readonly tags: readonly number[]
  readonly ownerUser: number | null
  readonly ownerGroup: number | null
}

/** One record of the batch. `before` is null for a new record, `after` for one that is deleted. */
export interface WorkflowCase {
  readonly table: Table
  readonly operation: WorkflowOperation
  /** Null for a new record. */
  readonly systemId: number | null
  /** The stored version; 0 for a new record. */
  readonly version: number
  readonly before: WorkflowState | null
  readonly after: WorkflowState | null
}

export interface WorkflowRequest {
  readonly caller: Caller
  /** Digest of what the request asks for, so that a confirmation holds for nothing else. */
  readonly digest: string
  /** `confirmTransition` as it was sent. */
  readonly confirmation: string | null
}

/** Something that happens after the change is stored; queued in the same transaction. `record` is the place of its case. */
export interface FollowUp {
  readonly kind: 'email' | 'webhook'
  readonly record: number
  readonly ruleId: number
  /** Place of the action in its rule. */
  readonly action: number
  /** Settings of the action; recipients who fill a role are named by now. */
  readonly info: Readonly<Record<string, unknown>>
}

export interface WorkflowOutcome {
  /** What is stored, in the order of the cases, after the actions of all rules that matched. */
  readonly after: readonly (WorkflowState | null)[]
  /** Set when the caller has to confirm first: the token to send back, and the distinct texts to be shown. */
  readonly question: { readonly token: string; readonly texts: readonly string[] } | null
  readonly followUps: readonly FollowUp[]
}

export interface Workflow {
  /** Fails when a rule rejects the batch. */
  run(cases: readonly WorkflowCase[], request: WorkflowRequest): Promise<WorkflowOutcome>
}
