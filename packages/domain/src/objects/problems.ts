/**
 * What is wrong with a save request. A save stops at the first problem, since nothing of it will be stored; a dry run goes on
 * and finds them all, each with the place it belongs to. Both run the same code: whoever checks something does it inside
 * `attempt`, which lets a failure pass in the one case and keeps it in the other.
 */
import { isDomainError, type DomainError } from '../errors.ts'
import { indexOf, pointerOf } from './where.ts'

export interface Problem {
  /** Place of the record in the request. */
  readonly index: number
  /** JSON pointer of the field in the request body. */
  readonly pointer: string
  readonly error: DomainError
}

/** Enough to mend a batch by; more would only make the answer hard to read. */
export const MOST_PROBLEMS = 1000

export class Problems {
  readonly #collects: boolean
  readonly #found: Problem[] = []

  constructor(collects: boolean) {
    this.#collects = collects
  }

  get found(): readonly Problem[] {
    return this.#found
  }

  /** Whether something is wrong there already: what follows from that is not worth a problem of its own. */
  knows(where: string): boolean {
    const pointer = pointerOf(where)
    return this.#found.some((problem) => problem.pointer === pointer || problem.pointer.startsWith(`${pointer}/`))
  }

  /** For a step that may have to be taken again: what it keeps counts only once it is taken over. */
  copy(): Problems {
    const copy = new Problems(this.#collects)
    copy.#found.push(...this.#found)
    return copy
  }

  take({ found }: Problems): void {
    this.#found.splice(0, this.#found.length, ...found)
  }

  /** What `check` answers, or undefined where it failed and the failure was kept. */
  attempt<T>(where: string, check: () => T): T | undefined {
    if (!this.#collects) return check()
    try {
      return check()
    } catch (error) {
      this.keep(where, error)
      return undefined
    }
  }

  /** Like `attempt`, for what may fail because something else at the same place is wrong. */
  attemptUnlessKnown(where: string, check: () => unknown): void {
    this.attempt(where, () => {
      try {
        check()
      } catch (error) {
        if (!isDomainError(error) || !this.knows(where)) throw error
      }
    })
  }

  /** Keeps a failure that has happened, or lets it pass. Anything but a refusal is no problem of the request. */
  keep(where: string, error: unknown): void {
    if (!this.#collects || !isDomainError(error)) throw error
    if (this.#found.length < MOST_PROBLEMS) this.#found.push({ index: indexOf(where), pointer: pointerOf(placeOf(error, where)), error })
  }
}

/** Where the failure itself names a place inside the one that was checked, that one is the better answer. */
function placeOf({ parameters }: DomainError, where: string): string {
  const field = (parameters as { field?: unknown }).field
  return typeof field === 'string' && field.startsWith(where) ? field : where
}
