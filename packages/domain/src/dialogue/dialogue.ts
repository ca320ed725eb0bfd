/**
 * Questions that a request leaves open. Whoever finds one ends the transaction by throwing NeedsDecision with all of them, so
 * nothing is stored; the caller repeats the identical request with the answers as query parameters.
 */
import type { Schemas } from '@vitrine/contract/instance'

export type Dialogue = Schemas['Dialogue']
export type DialogueTask = Dialogue['tasks'][number]

export class NeedsDecision extends Error {
  readonly tasks: readonly DialogueTask[]
  constructor(tasks: readonly DialogueTask[]) {
    super('the request needs a decision')
    this.tasks = tasks
  }
}
