/**
 * How fast the other side has to be. Only the time in which it is waited for counts: whoever reads an answer slowly does not
 * make its sender slow. That time is cut into stretches, and in each of them enough bytes have to come.
 */
export interface PaceLimits {
  /** Length of a stretch. */
  readonly idleTimeoutMs: number
  /** Over a stretch; one byte is asked for in any case. */
  readonly leastBytesPerSecond: number
}

export class Pace {
  readonly #stretchMs: number
  readonly #least: number
  readonly #onLate: () => void
  #waitedMs = 0
  #bytes = 0
  #began = 0
  #timer: NodeJS.Timeout | undefined

  /** `onLate` has to make the wait under way fail. */
  constructor({ idleTimeoutMs, leastBytesPerSecond }: PaceLimits, onLate: () => void) {
    this.#stretchMs = idleTimeoutMs
    this.#least = Math.max(1, Math.ceil((leastBytesPerSecond * idleTimeoutMs) / 1000))
    this.#onLate = onLate
  }

  /** Waits for the next piece of an answer. One wait at a time. */
  async wait(next: () => Promise<IteratorResult<Uint8Array>>): Promise<IteratorResult<Uint8Array>> {
    this.#arm()
    try {
      const piece = await next()
      if (!piece.done) this.#bytes += piece.value.byteLength
      return piece
    } finally {
      clearTimeout(this.#timer)
      this.#waitedMs += performance.now() - this.#began
    }
  }

  #arm(): void {
    this.#began = performance.now()
    this.#timer = setTimeout(() => this.#judge(), Math.max(0, this.#stretchMs - this.#waitedMs))
  }

  /** At the end of a stretch that was waited through. */
  #judge(): void {
    if (this.#bytes < this.#least) return this.#onLate()
    this.#bytes = 0
    this.#waitedMs = 0
    this.#arm()
  }
}
