/**
 * Something that is worked out from the settings of an instance and kept for as long as they stay what they are: one value, that
 * of the newest revision seen. A caller who learnt of a revision never gets anything older; one who came earlier may get newer.
 */
export interface Revised<T> {
  readonly revision: number
  readonly value: T
}

export class ByRevision<T> {
  readonly #read: () => Promise<Revised<T>>
  #kept: Revised<T> | undefined
  #underWay: Promise<Revised<T>> | undefined

  constructor(read: () => Promise<Revised<T>>) {
    this.#read = read
  }

  async at(revision: number): Promise<T> {
    if (this.#kept && this.#kept.revision >= revision) return this.#kept.value
    // A reading under way may have begun before the change that the caller knows of; one that begins from now on has not.
    const earlier = await this.#underWay
    if (earlier && earlier.revision >= revision) return earlier.value
    return (await (this.#underWay ?? this.#begin())).value
  }

  #begin(): Promise<Revised<T>> {
    const reading = this.#read().then((read) => {
      if (!this.#kept || this.#kept.revision <= read.revision) this.#kept = read
      return read
    })
    this.#underWay = reading
    // A failure reaches those who wait for it and is not kept.
    const over = () => {
      this.#underWay = undefined
    }
    reading.then(over, over)
    return reading
  }
}
