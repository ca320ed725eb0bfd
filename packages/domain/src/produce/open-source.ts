/** The bytes that something is made from: from their store, or from where a file was left. */
import type { Readable } from 'node:stream'
import { DomainError, fail } from '../errors.ts'
import { placeOf, type StoredFile } from '../files/file.ts'
import { storeFailed, type OpenLocations } from '../locations/open-locations.ts'
import { BlobFailure } from '../ports/blob-store.ts'

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
      if (error instanceof BlobFailure && error.trouble === 'not-found')
        throw new DomainError('FileBytesMissing', { file: file.id, location: String(place.locationId) }, { cause: error })
      return error instanceof BlobFailure ? storeFailed(error, place.locationId) : rethrow(error)
    }
  }
}

function rethrow(error: unknown): never {
  throw error
}

/** For instances that leave nothing anywhere else. */
export const NOTHING_REMOTE: RemoteBodies = {
  open: async ({ id }) => fail('FileStoreUnavailable', { location: 'remote', file: id }),
}
