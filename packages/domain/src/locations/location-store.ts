/** What the storage of locations has to promise. */
import type { AnyJob } from '../jobs.ts'
import type { LocationDefaults, LocationStatus, StorageLocation } from './location.ts'

export type SavedLocation = Omit<StorageLocation, 'revision' | 'createdAt'>
/** Jobs that follow from what was stored, added in the same transaction. */
export type FollowUp = (saved: StorageLocation) => readonly AnyJob[]

export interface LocationStore {
  /** By id. */
  list(): Promise<StorageLocation[]>
  find(id: number): Promise<StorageLocation | undefined>
  /**
   * Adds it with the first revision, or answers undefined when there is one with its id. Fails with LocationConfigInvalid when
   * the name is taken.
   */
  add(location: SavedLocation, followUp: FollowUp): Promise<StorageLocation | undefined>
  /**
   * Adds it, or replaces the one with its id and raises the revision; answers it as stored. Fails like `add`, and with
   * LocationReadOnlyCannotBeDefault when files are to go there by default. When it would stand for another place than before, it fails
   * with LocationInUse while files lie there or are on their way, and with LocationBusy while work is under way.
   */
  save(location: SavedLocation, followUp: FollowUp, isSamePlace: (before: StorageLocation) => boolean): Promise<StorageLocation>
  /** Whether there is one of this id, and files lie in it. */
  isUsed(id: number): Promise<boolean>
  setStatus(id: number, status: LocationStatus, message: string): Promise<void>
  /** False when there was none. Fails with LocationInUse while files, journal lines, uploads or defaults name it, and with LocationBusy. */
  remove(id: number): Promise<boolean>
  defaults(): Promise<LocationDefaults>
  /** Fails with ResourceNotFound when there is no such location, and with LocationReadOnlyCannotBeDefault. */
  setDefaults(defaults: LocationDefaults): Promise<void>
}
