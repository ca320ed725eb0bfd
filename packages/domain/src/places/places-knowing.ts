/** The places of an instance as a caller has to see them, for work that is about pools it has just read elsewhere. */
import type { Places } from './places.ts'

export interface PlacesAt {
  at(revision: number): Promise<Places>
}

/** Whatever is newest: for answers about settings that have just been saved. */
export const NEWEST = Number.POSITIVE_INFINITY

/** Somebody may have made one of the pools since the caller learnt of the revision; one that is gone again stays unknown. */
export async function placesKnowing(poolIds: readonly number[], places: PlacesAt, revision: number): Promise<Places> {
  const known = await places.at(revision)
  return poolIds.every((id) => known.hasPool(id)) ? known : places.at(NEWEST)
}
