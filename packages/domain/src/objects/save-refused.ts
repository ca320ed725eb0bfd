/** A dry run that found problems: the first one is the failure, and all of them come along. */
import { DomainError } from '../errors.ts'
import type { Problem } from './problems.ts'

export class RequestRefused extends DomainError {
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    // In the order of the request, whatever order they were found in.
    const ordered = problems.toSorted((a, b) => a.index - b.index)
    const [first] = ordered
    if (first) super(first.error.code, first.error.parameters)
    else super('ServerGeneric', { msg: 'the request cannot be carried out' })
    this.problems = ordered
  }
}
