/**
 * Records as the database wrote them, kept for the next page that shows them. An entry is named by the very row it was read
 * from (`xmin` changes with every write of it), so a page first asks which rows it holds, which is cheap, and what it then
 * finds here is as fresh as if it had been read. One budget for all instances; the longest unused go first.
 */
import type { WrittenRecord } from '@vitrine/domain/objects/record-store'

const BUDGET_BYTES = 48 * 1024 * 1024
/** What an entry takes besides its block, roughly; the finished text of a record may hang on it as well. */
const OVERHEAD_BYTES = 2048

export class KeptRecords {
  readonly #entries = new Map<string, { readonly record: WrittenRecord; readonly bytes: number }>()
  readonly #budget: number
  #used = 0

  constructor(budgetBytes = BUDGET_BYTES) {
    this.#budget = budgetBytes
  }

  get(key: string): WrittenRecord | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    // Put at the end again: the order of a map is the order in which its entries were used.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.record
  }

  /** `factsLength` is that of the text the facts were read from: long texts can stand in them too. */
  set(key: string, record: WrittenRecord, factsLength: number): void {
    if (this.#entries.has(key)) return
    const bytes = 2 * (record.block.length + factsLength) + OVERHEAD_BYTES
    this.#entries.set(key, { record, bytes })
    this.#used += bytes
    for (const [oldest, unused] of this.#entries) {
      if (this.#used <= this.#budget) break
      this.#entries.delete(oldest)
      this.#used -= unused.bytes
    }
  }
}
