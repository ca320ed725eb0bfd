/**
 * Cuts a body into pieces that are read one after the other, without keeping any of it. A body that breaks off ends its last piece
 * early: what has come of it can be kept, and the failure is told afterwards.
 */
export class CutBody {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #pieceBytes: number
  /** Came with what has been read, and belongs to the next piece. */
  #rest: Uint8Array | null = null
  #ended = false
  #failure: { readonly error: unknown } | null = null

  constructor(body: AsyncIterable<Uint8Array>, pieceBytes: number) {
    this.#source = body[Symbol.asyncIterator]()
    this.#pieceBytes = pieceBytes
  }

  /** Whether there is another piece, of at least one byte; waits for that one. Each piece has to be read to its end before. */
  async more(): Promise<boolean> {
    while (this.#rest === null && !this.#ended) await this.#pull()
    return this.#rest !== null
  }

  async *piece(): AsyncGenerator<Uint8Array, void, undefined> {
    let left = this.#pieceBytes
    while (left > 0 && (await this.more())) {
      const chunk = this.#rest as Uint8Array
      const taken = chunk.subarray(0, left)
      this.#rest = taken.byteLength < chunk.byteLength ? chunk.subarray(taken.byteLength) : null
      left -= taken.byteLength
      yield taken
    }
  }

  /** Throws what the body has failed with, if it has. */
  demandWhole(): void {
    if (this.#failure) throw this.#failure.error
  }

  async #pull(): Promise<void> {
    try {
      const { done, value } = await this.#source.next()
      if (done) this.#ended = true
      else if (value.byteLength > 0) this.#rest = value
    } catch (error) {
      this.#ended = true
      this.#failure = { error }
    }
  }
}
