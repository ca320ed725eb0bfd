/**
 * Questions that come one by one and are put to the database together. Whoever asks while a statement is under way waits for
 * its end, and then goes with all who have come meanwhile; so there are as many statements as the database answers, and not as
 * many as there are requests. No answer is older than its question: it comes from a statement that was sent afterwards.
 */
const MOST_AT_ONCE = 500

interface Waiting<Q, A> {
  readonly question: Q
  readonly resolve: (answer: A) => void
  readonly reject: (error: unknown) => void
}

export class Gathering<Q, A> {
  readonly #answer: (questions: readonly Q[]) => Promise<readonly A[]>
  #waiting: Waiting<Q, A>[] = []
  #isWorking = false

  /** `answer` puts its answers in the order of the questions. What it fails with, all who asked are told. */
  constructor(answer: (questions: readonly Q[]) => Promise<readonly A[]>) {
    this.#answer = answer
  }

  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject })
      if (!this.#isWorking) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    while (this.#waiting.length > 0) await this.#settle(this.#waiting.splice(0, MOST_AT_ONCE))
    this.#isWorking = false
  }

  async #settle(those: readonly Waiting<Q, A>[]): Promise<void> {
    try {
      const answers = await this.#answer(those.map(({ question }) => question))
      those.forEach(({ resolve }, i) => resolve(answers[i] as A))
    } catch (error) {
      for (const { reject } of those) reject(error)
    }
  }
}
