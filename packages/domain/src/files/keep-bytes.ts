/**
 * Puts bytes where they belong, in the order that a crash cannot turn into a loss: journal line, object, then, by whoever calls,
 * the row that names the object, which takes the journal line away. What was kept and is not wanted is given back; what is
 * neither given back nor named by a row is swept when its time has come.
 */
import { uuidV7 } from '../instances/uuid-v7.ts'
import { storeFailed, type OpenLocation, type OpenLocations } from '../locations/open-locations.ts'
import type { PutOptions } from '../ports/blob-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { FilePlace, KeptBytes, StoragePurpose } from './file.ts'
import type { FileStore } from './file-store.ts'

export interface KeepPorts {
  readonly store: Pick<FileStore, 'journal' | 'prolong' | 'forget'>
  readonly locations: OpenLocations
  readonly clock: Clock
  /** In place of `GRACE_MS`. */
  readonly graceMs?: number | undefined
}

/** How long an object without a row is left alone, unless the operator says otherwise. Whoever still writes it says so in time. */
export const GRACE_MS = 60 * 60 * 1000

export class KeepBytes {
  readonly #ports: KeepPorts
  readonly #graceMs: number

  constructor(ports: KeepPorts) {
    this.#ports = ports
    this.#graceMs = ports.graceMs ?? GRACE_MS
  }

  /** Fails with FileStoreUnavailable, or with what the body fails with; nothing is left behind then. */
  async keep(purpose: StoragePurpose, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<KeptBytes> {
    return this.keepAt(await this.#ports.locations.forPurpose(purpose), purpose, body, options)
  }

  /** The same in this location. What `prove` fails with is a failure to keep them, too. */
  async keepAt(
    { location, store }: OpenLocation,
    purpose: KeyFolder,
    body: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
    prove: (kept: KeptBytes) => Promise<void> = () => Promise.resolve(),
  ): Promise<KeptBytes> {
    const place = { locationId: location.id, storageKey: newKey(purpose) }
    await this.#ports.store.journal([place], this.#later())
    const lost = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, lost.signal]) : lost.signal
    const pulse = setInterval(() => void this.#prolong(place, lost), this.#graceMs / 4)
    pulse.unref()
    try {
      const kept = { ...place, ...(await store.put(place.storageKey, body, { ...options, signal })) }
      await prove(kept)
      return kept
    } catch (error) {
      await this.giveBack([place])
      return storeFailed(error, place.locationId)
    } finally {
      clearInterval(pulse)
    }
  }

  /**
   * Removes objects that no row names nor will. When it cannot be done now the journal still knows of them: nothing is lost but time,
   * and the failure that made somebody give them back is the one to tell.
   */
  async giveBack(places: readonly FilePlace[]): Promise<void> {
    const batches = [...Map.groupBy(places, ({ locationId }) => locationId)].flatMap(([locationId, there]) => inBatches(locationId, there))
    for (const { locationId, there } of batches) await this.#giveBack(locationId, there).catch(() => undefined)
  }

  async #giveBack(locationId: number, places: readonly FilePlace[]): Promise<void> {
    const { store } = await this.#ports.locations.byId(locationId)
    await store.remove(places.map(({ storageKey }) => storageKey))
    await this.#ports.store.forget(places)
  }

  async #prolong(place: FilePlace, lost: AbortController): Promise<void> {
    // A database that does not answer now may do so the next time; there are three more before the line is due.
    const held = await this.#ports.store.prolong(place, this.#later()).catch(() => true)
    if (!held) lost.abort(new Error('the journal line has been swept'))
  }

  #later(): Date {
    return new Date(this.#ports.clock().getTime() + this.#graceMs)
  }
}

const REMOVED_AT_ONCE = 500

function inBatches(locationId: number, places: readonly FilePlace[]) {
  const starts = Array.from({ length: Math.ceil(places.length / REMOVED_AT_ONCE) }, (_, i) => i * REMOVED_AT_ONCE)
  return starts.map((start) => ({ locationId, there: places.slice(start, start + REMOVED_AT_ONCE) }))
}

/** What keys begin with. Pieces of uploads are no files yet. */
export type KeyFolder = StoragePurpose | 'uploads'

/** Unlike any other, and spread over folders: the end of the name is random. */
function newKey(purpose: KeyFolder): string {
  const name = uuidV7()
  return `${purpose}/${name.slice(-2)}/${name.slice(-4, -2)}/${name}`
}
