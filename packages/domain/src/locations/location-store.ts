/** What the storage of locations has to promise. */
import type { LocationDefaults, LocationStatus, StorageLocation } from './location.ts'

export interface LocationStore {
  /** By id. */
  list(): Promise<StorageLocation[]>
  find(id: number): Promise<StorageLocation | undefined>
  /**
   * Adds it, or replaces the one with its id and raises the revision; answers it as stored. Fails with LocationReadOnlyCannotBeDefault
   * when files are to go there by default. Status is stored only with a new one.
   */
  save(location: Omit<StorageLocation, 'revision' | 'createdAt'>): Promise<StorageLocation>
  setStatus(id: number, status: LocationStatus, message: string): Promise<void>
  /** False when there was none. Fails with LocationInUse while files, journal lines, uploads or defaults name it. */
  remove(id: number): Promise<boolean>
  defaults(): Promise<LocationDefaults>
  /** Fails with ResourceNotFound when there is no such location, and with LocationReadOnlyCannotBeDefault. */
  setDefaults(defaults: LocationDefaults): Promise<void>
}
