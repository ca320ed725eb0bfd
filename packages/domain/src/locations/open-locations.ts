/**
 * Locations at work: opens the store of a location when it is first needed and keeps it until the location changes. A change
 * made through another server is noticed with the next look at the row, which is never older than `LOOK_AGAIN_MS`.
 */
import { DomainError, fail } from '../errors.ts'
import type { StoragePurpose } from '../files/file.ts'
import { BlobFailure, type BlobStore, type BlobStores } from '../ports/blob-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { SecretBox } from '../ports/secret-box.ts'
import { settingsOf } from './location-config.ts'
import { rootOf, secretPlace, type LocationDefaults, type StorageLocation } from './location.ts'
import type { LocationStore } from './location-store.ts'

export interface OpenLocation {
  readonly location: StorageLocation
  readonly store: BlobStore
}

export interface OpenLocationPorts {
  readonly locations: LocationStore
  readonly stores: BlobStores
  readonly secretBox: SecretBox
  readonly clock: Clock
  readonly instanceId: string
}

/** How long a location that was changed or removed elsewhere may still be used. */
const LOOK_AGAIN_MS = 1000

interface Known {
  readonly at: number
  readonly byId: ReadonlyMap<number, StorageLocation>
  readonly defaults: LocationDefaults
}

export class OpenLocations {
  readonly #ports: OpenLocationPorts
  readonly #open = new Map<number, OpenLocation>()
  #known: Promise<Known> | undefined
  #knownAt = -Infinity

  constructor(ports: OpenLocationPorts) {
    this.#ports = ports
  }

  /**
   * Where new files of this purpose go: the default, else that of originals, else the first location that is written to; backups go
   * nowhere unless it is said where. Fails with FileStoreUnavailable when there is no such place.
   */
  async forPurpose(purpose: StoragePurpose): Promise<OpenLocation> {
    const { byId, defaults } = await this.#look()
    const writable = [...byId.values()].filter(({ readOnly }) => !readOnly)
    const wanted = purpose === 'backups' ? defaults.backups : (defaults[purpose] ?? defaults.originals)
    const location = writable.find(({ id }) => id === wanted) ?? (purpose === 'backups' ? undefined : writable[0])
    return location ? this.#opened(location) : fail('FileStoreUnavailable', { location: purpose }, { note: `there is no location for ${purpose}` })
  }

  /** Fails with FileStoreUnavailable when there is none, or its settings cannot be read. */
  async byId(id: number): Promise<OpenLocation> {
    const known = await this.#look()
    const location = known.byId.get(id) ?? (await this.#look(true)).byId.get(id)
    return location ? this.#opened(location) : fail('FileStoreUnavailable', { location: String(id) }, { note: 'there is no such location' })
  }

  /** After a change made here, which counts at once. */
  lookAgain(): void {
    this.#known = undefined
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ store }) => store.close()))
    this.#open.clear()
  }

  #opened(location: StorageLocation): OpenLocation {
    const before = this.#open.get(location.id)
    if (before && before.location.revision === location.revision) return before
    // Streams that are under way end by themselves; a store that is closed only takes no new work.
    void before?.store.close().catch(() => undefined)
    const opened = { location, store: this.#openOrFail(location) }
    this.#open.set(location.id, opened)
    return opened
  }

  #openOrFail(location: StorageLocation): BlobStore {
    try {
      return this.openApart(location)
    } catch (error) {
      return fail('FileStoreUnavailable', { location: String(location.id) }, { cause: error, note: 'the settings of the location cannot be read' })
    }
  }

  /** A store of its own, for trying settings out; to be closed by the caller. Fails when the secrets cannot be read. */
  openApart(location: StorageLocation): BlobStore {
    const settings = settingsOf(location.kind, location.config, this.secretsOf(location))
    return this.#ports.stores.open(settings, `${location.prefix}${rootOf(this.#ports.instanceId)}`)
  }

  /** In the clear, for whoever opens it. Fails when they were sealed with another key. */
  secretsOf({ id, secrets }: StorageLocation): Readonly<Record<string, string>> {
    if (secrets === null) return {}
    return JSON.parse(this.#ports.secretBox.open(secrets, secretPlace(this.#ports.instanceId, id))) as Record<string, string>
  }

  #look(now = false): Promise<Known> {
    const at = this.#ports.clock().getTime()
    if (this.#known && !now && at - this.#knownAt < LOOK_AGAIN_MS) return this.#known
    const known = this.#load(at)
    this.#known = known
    this.#knownAt = at
    // A failure is told to those who wait for it, and the next one asks anew.
    known.catch(() => this.#known === known && (this.#known = undefined))
    return known
  }

  async #load(at: number): Promise<Known> {
    const [locations, defaults] = await Promise.all([this.#ports.locations.list(), this.#ports.locations.defaults()])
    return { at, byId: new Map(locations.map((location) => [location.id, location])), defaults }
  }
}

/** What a failing store means to whoever wanted a file from it, or wanted to leave one there. */
export function storeFailed(error: unknown, locationId: number): never {
  if (!(error instanceof BlobFailure)) throw error
  return fail('FileStoreUnavailable', { location: String(locationId) }, { cause: error, retryable: error.retryable, note: error.message })
}

/** The same for the bytes of a file that has a row: they should have been there. */
export function bytesLost(error: unknown, file: number, locationId: number): never {
  if (error instanceof BlobFailure && error.trouble === 'not-found')
    throw new DomainError('FileBytesMissing', { file, location: String(locationId) }, { cause: error })
  return storeFailed(error, locationId)
}
