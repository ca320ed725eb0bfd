/**
 * What instances that are gone have left in their locations. Where that is has to be written down before the rows go; the objects go
 * after them, for no object goes before its row. Somebody may still have been writing when the instance went, so each place is
 * cleared twice, the second time when nobody can be any more.
 */
import type { Schemas } from '@vitrine/contract/instance'
import { GRACE_MS } from '../files/keep-bytes.ts'
import type { BlobStore, BlobStores } from '../ports/blob-store.ts'
import type { SecretBox } from '../ports/secret-box.ts'
import { settingsOf } from './location-config.ts'
import { rootOf, secretPlace, type LocationKind } from './location.ts'

export interface FormerLocation {
  readonly instanceId: string
  readonly locationId: number
  readonly kind: LocationKind
  readonly prefix: string
  readonly config: Schemas['LocationConfig']
  /** As they were sealed for that instance. */
  readonly secrets: string | null
  /** Places that were open to that instance alone. */
  readonly openHosts: readonly string[]
  readonly cleared: number
}

export interface FormerLocationStore {
  /** Those of an instance that is gone; null while it is registered. */
  left(instanceId: string): Promise<readonly FormerLocation[] | null>
  /** Counts a clearing; a place that has been cleared often enough is forgotten. */
  cleared(location: FormerLocation, enough: number): Promise<void>
  /** Has `clearFormer` called again. */
  again(instanceId: string, delaySeconds: number): Promise<void>
}

export interface FormerPorts {
  readonly store: FormerLocationStore
  readonly storesFor: (openHosts: readonly string[]) => BlobStores
  readonly secretBox: SecretBox
}

const ENOUGH = 2
/** Longer than anything that is being written is left alone by those who clear up. */
const SECOND_TIME_SECONDS = (2 * GRACE_MS) / 1000
const AT_ONCE = 500

/** Fails, to be tried again, when one of the places does not work; the others are cleared first. */
export async function clearFormer(ports: FormerPorts, instanceId: string, signal: AbortSignal): Promise<void> {
  const locations = await ports.store.left(instanceId)
  // Its rows are still to go; whoever removes them has this called again.
  if (locations === null) return
  const failures: unknown[] = []
  for (const location of locations) {
    try {
      await clear(ports, location, signal)
      await ports.store.cleared(location, ENOUGH)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'not all locations of an instance that is gone could be cleared')
  if (locations.some(({ cleared }) => cleared + 1 < ENOUGH)) await ports.store.again(instanceId, SECOND_TIME_SECONDS)
}

async function clear({ storesFor, secretBox }: FormerPorts, location: FormerLocation, signal: AbortSignal): Promise<void> {
  const { instanceId, locationId, kind, prefix, config, secrets, openHosts } = location
  const opened = secrets === null ? {} : (JSON.parse(secretBox.open(secrets, secretPlace(instanceId, locationId))) as Record<string, string>)
  const store = storesFor(openHosts).open(settingsOf(kind, config, opened), `${prefix}${rootOf(instanceId)}`)
  try {
    await removeAll(store, signal)
    await store.tidy(GRACE_MS)
  } finally {
    await store.close()
  }
}

async function removeAll(store: BlobStore, signal: AbortSignal): Promise<void> {
  let keys: string[] = []
  for await (const { key } of store.list('', { signal })) {
    keys.push(key)
    if (keys.length < AT_ONCE) continue
    await store.remove(keys)
    keys = []
  }
  if (keys.length > 0) await store.remove(keys)
}
