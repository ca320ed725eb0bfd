/** Something per record and moment. Nearly always there is one moment only, and numbers are cheaper to look up than texts. */
export class ByPointer<T> {
  readonly #moments = new Map<string | null, Map<number, T>>()

  at(moment: string | null): Map<number, T> {
    const known = this.#moments.get(moment) ?? new Map<number, T>()
    this.#moments.set(moment, known)
    return known
  }

  all(): T[] {
    return [...this.#moments.values()].flatMap((known) => [...known.values()])
  }

  /** Records for which null was noted. */
  missing(): number[] {
    return [...this.#moments.values()].flatMap((known) => [...known].flatMap(([id, value]) => (value === null ? [id] : [])))
  }
}
