/** Clears away what has no row: objects of uploads that were not finished, and of files that are gone. */
import type { OpenLocations } from '../locations/open-locations.ts'
import type { FilePlace } from './file.ts'
import type { FileStore } from './file-store.ts'

export interface SweepPorts {
  readonly store: Pick<FileStore, 'sweepDue'>
  readonly locations: OpenLocations
  /** Told of places that could not be cleared; they stay in the journal. */
  readonly onFailed: (error: unknown, locationId: number) => void
}

const AT_ONCE = 500

/** Everything that is due now. Answers how many journal lines there were. */
export async function sweep(ports: SweepPorts, signal: AbortSignal): Promise<number> {
  let swept = 0
  // A location that is down must not be asked again and again in one round.
  const down = new Set<number>()
  while (!signal.aborted) {
    const count = await ports.store.sweepDue(AT_ONCE, (places) => removeAll(ports, places, down))
    swept += count
    if (count < AT_ONCE || down.size > 0) break
  }
  return swept
}

async function removeAll(ports: SweepPorts, places: readonly FilePlace[], down: Set<number>): Promise<FilePlace[]> {
  const gone: FilePlace[] = []
  for (const [locationId, there] of Map.groupBy(places, (place) => place.locationId)) {
    if (down.has(locationId)) continue
    try {
      const { store, location } = await ports.locations.byId(locationId)
      if (location.readOnly) continue
      await store.remove(there.map(({ storageKey }) => storageKey))
      gone.push(...there)
    } catch (error) {
      down.add(locationId)
      ports.onFailed(error, locationId)
    }
  }
  return gone
}
