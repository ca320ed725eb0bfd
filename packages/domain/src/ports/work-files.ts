/** Room on this machine for files that programs have to open by their path. */
export interface WorkFile {
  readonly path: string
}

export interface WorkFiles {
  /** Writes a body to a file that is there until `work` ends. Fails with what the body fails with. */
  withCopy<T>(body: AsyncIterable<Uint8Array>, work: (file: WorkFile) => Promise<T>): Promise<T>
  /** A path at which nothing is yet, for something that is to be made; whatever is there afterwards goes when `work` ends. */
  withTarget<T>(work: (file: WorkFile) => Promise<T>): Promise<T>
  /** The bytes of such a file. */
  read(file: WorkFile): AsyncIterable<Uint8Array>
}

/** A copy that stays until it is released; it is only read. */
export interface Lease extends WorkFile {
  /** Harmless to repeat. */
  release(): void
}

/** Copies of bytes that are asked for again and again, such as the image behind the tiles of a viewer. */
export interface KeptCopies {
  /** The copy under this key, made with `load` unless there is one; several that ask at once share one. Fails with what the body fails with. */
  lease(key: string, load: () => Promise<AsyncIterable<Uint8Array>>): Promise<Lease>
  /** The same for something that `make` writes to a path at which nothing is yet. */
  leaseMade(key: string, make: (path: string) => Promise<void>): Promise<Lease>
}
