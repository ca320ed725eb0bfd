/**
 * What those who look after an instance are told about a job that failed: refusals in our own words. Anything else may speak of
 * addresses, statements or people of other instances, so only the log of the server tells it.
 */
import { isDomainError } from '../errors.ts'
import { JobHopeless } from '../ports/queue.ts'

const LONGEST = 1000

/** `job` is the name under which the log tells of it. */
export function toldFailure(error: unknown, job: string): string {
  return isDomainError(error) || error instanceof JobHopeless
    ? error.message.slice(0, LONGEST)
    : `something unforeseen happened; the log of the server tells of it as ${job}`
}
