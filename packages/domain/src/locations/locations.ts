/** Storage locations of one instance: setting them up, trying them out, and saying where new files go. */
import type { Schemas } from '@vitrine/contract/instance'
import { fail } from '../errors.ts'
import type { FileSweeper } from '../files/sweep.ts'
import type { AnyJob } from '../jobs.ts'
import type { Counters } from '../ports/counters.ts'
import type { SecretBox } from '../ports/secret-box.ts'
import type { AllowedPlaces } from './allowed-places.ts'
import { readConfig, settingsOf, type LocationConfig } from './location-config.ts'
import { documentOf, type LocationDocument, type SentLocation } from './location-document.ts'
import { normalPrefix } from './location-prefix.ts'
import { secretPlace, unusable, type LocationDefaults, type StorageLocation } from './location.ts'
import type { LocationStore, SavedLocation } from './location-store.ts'
import type { OpenLocations } from './open-locations.ts'
import { placeNameOf } from './place-name.ts'
import { probe, type Probe } from './probe.ts'

export interface LocationsPorts {
  readonly store: LocationStore
  readonly open: OpenLocations
  readonly counters: Counters
  readonly secretBox: SecretBox
  readonly allowed: AllowedPlaces
  readonly sweeper: Pick<FileSweeper, 'sweep'>
  readonly instanceId: string
}

/** New ids follow the highest one, and there have to be some left. */
const HIGHEST_ID = 1_000_000_000

/** For clearing a place before it is forgotten. */
const PATIENCE_MS = 20_000

type Prepared = Omit<SavedLocation, 'status' | 'statusMsg'>
const UNSAVED = { revision: 0, createdAt: new Date(0), status: 'closed', statusMsg: '' } as const

export class Locations {
  readonly #ports: LocationsPorts

  constructor(ports: LocationsPorts) {
    this.#ports = ports
  }

  async list(): Promise<LocationDocument[]> {
    return (await this.#ports.store.list()).map(documentOf)
  }

  async read(id: number): Promise<LocationDocument> {
    return documentOf(await this.#found(id))
  }

  async add(sent: SentLocation): Promise<LocationDocument> {
    if (sent.id !== 0) fail('LocationMustMatchID', { id: sent.id, expected: 0 })
    const config = this.#judged(sent)
    for (;;) {
      const [id] = await this.#ports.counters.draw('location', 1)
      if (id === undefined) throw new Error('no id was drawn')
      // Somebody may have put a location under an id that this server had drawn before.
      const added = await this.#stored(await this.#prepared(id, sent, config), (location) => this.#ports.store.add(location, scrubJobs))
      if (added) return added
    }
  }

  /** Replaces the location of that id, or adds one under it. All of it is told, secrets included. */
  async put(id: number, sent: SentLocation): Promise<LocationDocument> {
    if (sent.id !== id) fail('LocationMustMatchID', { id: sent.id, expected: id })
    if (id > HIGHEST_ID) unusable(sent.kind, `ids end at ${HIGHEST_ID}`)
    const config = this.#judged(sent)
    const location = await this.#prepared(id, sent, config)
    const name = placeNameOf(settingsOf(sent.kind, config.shown, config.secrets), location.prefix)
    await this.#ports.counters.advance('location', id)
    const isSamePlace = (before: StorageLocation) => this.#placeName(before) === name
    const saved = await this.#stored(location, (ready) => this.#ports.store.save(ready, scrubJobs, isSamePlace))
    return saved ?? fail('ResourceNotFound', { resource: `location ${id}` })
  }

  /** That there is none of this id is no failure. Fails with LocationInUse and LocationBusy. */
  async remove(id: number): Promise<void> {
    // Nobody will know of the place afterwards, so what is to go there goes now if it can.
    await this.#ports.sweeper.sweep(AbortSignal.timeout(PATIENCE_MS))
    await this.#ports.store.remove(id)
    this.#ports.open.lookAgain()
  }

  /** Tries the location as it is stored, and keeps what came of it. */
  async test(id: number): Promise<LocationDocument> {
    const location = await this.#found(id)
    const { status, message } = await this.#probed(location)
    await this.#ports.store.setStatus(id, status, message)
    return documentOf({ ...location, status, statusMsg: message })
  }

  defaults(): Promise<LocationDefaults> {
    return this.#ports.store.defaults()
  }

  async setDefaults(sent: Schemas['LocationDefaults']): Promise<LocationDefaults> {
    await this.#ports.store.setDefaults(sent)
    this.#ports.open.lookAgain()
    return this.#ports.store.defaults()
  }

  #judged({ kind, config: sent }: SentLocation): LocationConfig {
    const config = readConfig(kind, sent)
    this.#ports.allowed.demand(settingsOf(kind, config.shown, config.secrets))
    return config
  }

  async #prepared(id: number, sent: SentLocation, { shown, secrets }: LocationConfig): Promise<Prepared> {
    const { secretBox, instanceId } = this.#ports
    return {
      id,
      name: await this.#freeName(id, sent),
      kind: sent.kind,
      prefix: normalPrefix(sent.kind, sent.prefix ?? ''),
      config: shown,
      secrets: Object.keys(secrets).length > 0 ? secretBox.seal(JSON.stringify(secrets), secretPlace(instanceId, id)) : null,
      allowPurge: sent.allow_purge ?? false,
      allowRedirect: sent.allow_redirect ?? false,
      readOnly: sent.read_only ?? false,
      scrubEveryDays: sent.scrub_every_days ?? null,
    }
  }

  /** A store that does not answer keeps nobody from saving: its settings may be right, or have to be put right. */
  async #stored(prepared: Prepared, store: (location: SavedLocation) => Promise<StorageLocation | undefined>): Promise<LocationDocument | undefined> {
    const { status, message } = await this.#probed({ ...prepared, ...UNSAVED })
    const saved = await store({ ...prepared, status, statusMsg: message })
    this.#ports.open.lookAgain()
    return saved && documentOf(saved)
  }

  /** Before anything is made in a store. The database holds it against a race as well. */
  async #freeName(id: number, { kind, name: sent }: SentLocation): Promise<string> {
    const name = sent?.trim() || `location ${id}`
    const taken = (await this.#ports.store.list()).some((other) => other.name === name && other.id !== id)
    return taken ? unusable(kind, `there is a location ${name} already`) : name
  }

  async #probed(location: StorageLocation): Promise<Probe> {
    const isUsed = await this.#ports.store.isUsed(location.id)
    let secrets: readonly string[] = []
    const open = () => {
      secrets = Object.values(this.#ports.open.secretsOf(location))
      return this.#ports.open.openApart(location)
    }
    return probe(open, { write: !location.readOnly, isUsed, secrets: () => secrets })
  }

  #placeName(location: StorageLocation): string | null {
    try {
      return placeNameOf(settingsOf(location.kind, location.config, this.#ports.open.secretsOf(location)), location.prefix)
    } catch {
      // Secrets that cannot be read any more, or rules that have changed: nobody can tell that it is the same place.
      return null
    }
  }

  async #found(id: number): Promise<StorageLocation> {
    return (await this.#ports.store.find(id)) ?? fail('ResourceNotFound', { resource: `location ${id}` })
  }
}

/** Each revision has a chain of its own; jobs of older ones end when they see that they are meant no more. */
const scrubJobs = ({ id, revision, scrubEveryDays }: StorageLocation): AnyJob[] =>
  scrubEveryDays === null ? [] : [{ name: 'location-scrub-due', payload: { location: id, revision }, key: `${id} ${revision}` }]
