/**
 * What can go wrong with an instance as a whole. The administration plane has error bodies of its own, so these are not
 * codes of the instance contract; the words are the ones operators' scripts already look for.
 */
const SENTENCES = {
  unknown: 'Instance not found',
  exists: 'Instance already exists',
  illegalDomain: 'Domain name contains illegal characters',
  alreadyDeleting: 'The deletion has already been requested',
} as const

export type InstanceProblem = keyof typeof SENTENCES | 'invalidParameter'

export class InstanceFailure extends Error {
  readonly problem: InstanceProblem
  /** Name of the request parameter at fault, where there is one. */
  readonly parameter: string | undefined

  constructor(problem: InstanceProblem, parameter?: string, message?: string) {
    super(message ?? (problem === 'invalidParameter' ? 'The parameter is not valid' : SENTENCES[problem]))
    this.name = 'InstanceFailure'
    this.problem = problem
    this.parameter = parameter
  }
}

export function failInstance(problem: InstanceProblem, parameter?: string, message?: string): never {
  throw new InstanceFailure(problem, parameter, message)
}
