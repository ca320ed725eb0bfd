/**
 * A change that a rule has stopped. Nothing of it is stored, and yet the rule's e-mails go out; so they travel with the failure
 * and are queued by a transaction of their own, once the one of the change has been rolled back.
 */
import { DomainError, type ErrorParameters } from '../errors.ts'
import type { FollowUp } from './workflow.ts'

export class TransitionRejection extends DomainError<'TransitionRejected'> {
  readonly followUps: readonly FollowUp[]

  constructor(parameters: ErrorParameters['TransitionRejected'], followUps: readonly FollowUp[]) {
    super('TransitionRejected', parameters)
    this.followUps = followUps
  }
}

/**
 * Runs a change, and when a rule stops it, hands the rule's e-mails to `queue` before the failure goes on. Where they cannot be
 * queued the caller hears of that instead: repeating the request then brings both the refusal and the e-mails.
 */
export async function tellingOfRejections<T>(queue: (followUps: readonly FollowUp[]) => Promise<void>, change: () => Promise<T>): Promise<T> {
  try {
    return await change()
  } catch (error) {
    if (error instanceof TransitionRejection && error.followUps.length > 0) await queue(error.followUps)
    throw error
  }
}
