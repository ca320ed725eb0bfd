/** The bytes that something is made from: from their store, or from where a file was left. */
import type { Readable } from 'node:stream'
import { placeOf, type StoredFile } from '../files/file.ts'
import { bytesLost, type OpenLocations } from '../locations/open-locations.ts'

export interface RemoteBodies {
  /** The bytes at an address, for a file that stays there; fails with FileStoreUnavailable. */
  open(file: StoredFile, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
}

export class OpenSource {
  readonly #locations: OpenLocations
  readonly #remote: RemoteBodies

  constructor(locations: OpenLocations, remote: RemoteBodies) {
    this.#locations = locations
    this.#remote = remote
  }

  /** The bytes, for whoever reads them to the end. Fails like `withBytes`. */
  async open(file: StoredFile): Promise<AsyncIterable<Uint8Array>> {
    const place = placeOf(file)
    if (!place) return this.#remote.open(file, new AbortController().signal)
    const { store } = await this.#locations.byId(place.locationId)
    return store.get(place.storageKey).catch((error: unknown) => bytesLost(error, file.id, place.locationId))
  }

  /** Fails with FileBytesMissing, FileStoreUnavailable, or with what `work` fails with. */
  async withBytes<T>(file: StoredFile, signal: AbortSignal, work: (body: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    const place = placeOf(file)
    if (!place) return work(await this.#remote.open(file, signal))
    try {
      const { store } = await this.#locations.byId(place.locationId)
      const body: Readable = await store.get(place.storageKey, { signal })
      try {
        return await work(body)
      } finally {
        body.destroy()
      }
    } catch (error) {
      return bytesLost(error, file.id, place.locationId)
    }
  }
}
