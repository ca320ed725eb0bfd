/** Where the server is in its life: readiness, the word in `x-fylr-status`, and how many requests are under way. */

export type Phase = 'startup' | 'ready' | 'stopping'

export class Lifecycle {
  #phase: Phase = 'startup'
  readonly #checkDatabase: () => Promise<void>
  readonly #stopping = new AbortController()

  /** `checkDatabase` throws while the database cannot be reached. */
  constructor(checkDatabase: () => Promise<void>) {
    this.#checkDatabase = checkDatabase
  }

  get phase(): Phase {
    return this.#phase
  }

  /** For connections that would stay open by themselves. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  enter(phase: Phase): void {
    this.#phase = phase
    if (phase === 'stopping') this.#stopping.abort()
  }

  /** The lifecycle word clients read in a header. */
  word(): string {
    return this.#phase === 'stopping' ? 'busy' : this.#phase
  }

  /** Whether new requests can be served just now, and if not, why. */
  async readiness(): Promise<'ready' | 'starting' | 'stopping' | 'unavailable'> {
    if (this.#phase === 'startup') return 'starting'
    if (this.#phase === 'stopping') return 'stopping'
    try {
      await this.#checkDatabase()
      return 'ready'
    } catch {
      // The cause is logged by whoever tries to use the database; here only the fact matters.
      return 'unavailable'
    }
  }
}
