/** Stores in memory, whatever kind is asked for: those with the same settings share their objects. */
import type { BlobStores } from '@vitrine/domain/ports/blob-store'
import { MemoryBlobStore, type MemoryPlace } from '@vitrine/drivers/storage'

export interface MemoryStores extends BlobStores {
  /** Everything that lies anywhere, by the settings of its store. */
  readonly places: ReadonlyMap<string, MemoryPlace>
  /** What a store throws before it does anything, or nothing. */
  trouble: (settings: string) => void
}

export function memoryStores(): MemoryStores {
  const places = new Map<string, MemoryPlace>()
  const stores: MemoryStores = {
    places,
    trouble: () => undefined,
    open(settings, prefix) {
      const name = JSON.stringify(settings)
      const place = places.get(name) ?? new Map()
      places.set(name, place)
      return new MemoryBlobStore({ place, prefix, trouble: () => stores.trouble(name) })
    },
  }
  return stores
}
