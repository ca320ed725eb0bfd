/**
 * The search index, as far as writing records has to do with it: it hears of changes in their own transaction, and a request may
 * wait until what it changed can be found. Servers without an index have none of these.
 */
import type { RecordTransaction } from '../objects/write-store.ts'

/** `timeout`: work is still queued when the time is up. `incomplete`: some of it has failed. */
export type IndexWait = 'found' | 'timeout' | 'incomplete'

export interface RecordIndex {
  /** Queues what these records make necessary; nothing is left of it when the transaction is rolled back. */
  changed(tx: RecordTransaction, systemIds: readonly number[]): Promise<void>
  /** Waits for what was queued for these records, for so long at most. Never fails because of what the index does. */
  wait(systemIds: readonly number[], seconds: number): Promise<IndexWait>
}
