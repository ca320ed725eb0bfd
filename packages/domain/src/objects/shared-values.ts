/**
 * Records that share a value of a unique key are all marked, and only a walk over the marked ones finds out who is left when one
 * of them changes, goes or comes. So whoever stores records tells here which object types such a record was among; the telling
 * is done once the transaction has ended well, and nobody waits for the walk.
 */
import type { RecordTransaction, RecordWriteStore } from './write-store.ts'
import { NESTED_UNIQUE_KEY_VIOLATION, UNIQUE_KEY_VIOLATION } from './violations.ts'

interface Marked {
  readonly systemId: number
  readonly systemTags: readonly string[]
}

export function watchingShared(store: RecordWriteStore, onTouched: (tableIds: readonly number[]) => void): RecordWriteStore {
  return {
    taken: (wanted) => store.taken(wanted),
    async transaction(run) {
      let touched = new Set<number>()
      const result = await store.transaction((tx) => {
        touched = new Set()
        return run(watched(tx, touched))
      })
      if (touched.size > 0) onTouched([...touched])
      return result
    },
  }
}

function watched(tx: RecordTransaction, touched: Set<number>): RecordTransaction {
  const tables = new Map<number, number>()
  const know = (rows: readonly { readonly systemId: number; readonly tableId: number }[]) => {
    for (const { systemId, tableId } of rows) tables.set(systemId, tableId)
  }
  const look = (rows: readonly Marked[]) => {
    for (const { systemId, systemTags } of rows) {
      const tableId = tables.get(systemId)
      if (tableId !== undefined && systemTags.some(isShared)) touched.add(tableId)
    }
  }
  const seen = async <T extends Marked & { readonly tableId: number }>(found: Promise<T[]>): Promise<T[]> => {
    const rows = await found
    know(rows)
    look(rows)
    return rows
  }
  return {
    ...tx,
    lockForChange: (systemIds) => seen(tx.lockForChange(systemIds)),
    lockObjectsForChange: (tableId, objectIds) => seen(tx.lockObjectsForChange(tableId, objectIds)),
    lockAffected: (systemIds) => seen(tx.lockAffected(systemIds)),
    lockTrashed: (tableId, objectIds) => seen(tx.lockTrashed(tableId, objectIds)),
    insert(rows) {
      know(rows)
      return tx.insert(rows)
    },
    update(rows) {
      know(rows)
      look(rows)
      return tx.update(rows)
    },
    mark(rows) {
      look(rows)
      return tx.mark(rows)
    },
    restore(rows) {
      look(rows)
      return tx.restore(rows)
    },
  }
}

const isShared = (tag: string) => tag === UNIQUE_KEY_VIOLATION || tag === NESTED_UNIQUE_KEY_VIOLATION
