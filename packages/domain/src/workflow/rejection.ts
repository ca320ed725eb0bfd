/**
 * A change that a rule has stopped. Nothing of it is stored, and yet the rule's e-mails go out; so they travel with the failure
 * and are queued by a transaction of their own, once the one of the change has been rolled back.
 */
import { DomainError, type ErrorParameters } from '../errors.ts'
import type { FollowUpRecord } from './follow-up-messages.ts'
import type { FollowUp, WorkflowCase } from './workflow.ts'

export class TransitionRejection extends DomainError<'TransitionRejected'> {
  readonly followUps: readonly FollowUp[]
  /** Those that `followUps` count. */
  readonly records: readonly FollowUpRecord[]

  constructor(parameters: ErrorParameters['TransitionRejected'], followUps: readonly FollowUp[], cases: readonly WorkflowCase[]) {
    super('TransitionRejected', parameters)
    this.followUps = followUps
    this.records = followUps.length > 0 ? cases.map(recordOf) : []
  }
}

const recordOf = ({ table, operation, systemId, version, after }: WorkflowCase): FollowUpRecord => ({
  ...{ objecttype: table.name, operation, systemId, version, after },
  objectId: null,
  uuid: null,
})

/** Makes sure that messages are sent. */
export interface FollowUpQueue {
  /** In a transaction of its own. */
  add(followUps: readonly FollowUp[], records: readonly FollowUpRecord[]): Promise<void>
}

/**
 * Runs a change, and when a rule stops it, hands the rule's e-mails to `queue` before the failure goes on. Where they cannot be
 * queued the caller hears of that instead: repeating the request then brings both the refusal and the e-mails.
 */
export async function tellingOfRejections<T>(queue: FollowUpQueue, change: () => Promise<T>): Promise<T> {
  try {
    return await change()
  } catch (error) {
    if (error instanceof TransitionRejection && error.followUps.length > 0) await queue.add(error.followUps, error.records)
    throw error
  }
}
