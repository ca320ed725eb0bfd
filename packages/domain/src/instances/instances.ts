/**
 * Instances: their creation, removal and finding.
 *
 * An instance is seen whole or not at all. It is claimed as `creating`, filled by the seeds, and made visible by one update.
 * Removal goes the other way: `deleting` takes it out of service, then its rows go, last its registration. Both run under
 * an exclusive right that dies with its holder, so whatever a killed server left is told apart from work under way and is
 * finished by the next start, or by the next request for the same name.
 */
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { hostCandidates, newDomain, normalDomain } from './domain-name.ts'
import { failInstance, InstanceFailure } from './failure.ts'
import { prefixOf, type Instance, type InstanceAttributes } from './instance.ts'
import type { InstanceStore } from './instance-store.ts'
import { checkedOpenHosts } from './open-hosts.ts'
import { uuidV7 } from './uuid-v7.ts'

export interface NewInstance {
  readonly domain: string
  readonly aliases?: readonly string[]
  readonly attributes?: Omit<InstanceAttributes, 'registerTokenDigest'>
  /** First password of the owner. */
  readonly passphrase?: string
  /** The owner comes in without a password, so there is nothing to register. Otherwise a missing one makes a register token. */
  readonly signsInElsewhere?: boolean
}

/** Fills a new instance with what it needs from the start. Run once for an instance that nobody sees yet. */
export type InstanceSeed = (instance: Instance, passphrase: string | null) => Promise<void>

export interface InstanceRemains {
  /** Before the rows of an instance go. Harmless to repeat. */
  note(instance: Instance): Promise<void>
  /** Once the instance is gone: has it cleared away. */
  clear(id: string): Promise<void>
}

export interface InstancePage {
  readonly instances: readonly Instance[]
  /** Id of the first instance of the next page. */
  readonly next?: string
}

export interface InstanceServiceOptions {
  readonly store: InstanceStore
  /** What lies outside the database: where it is has to be known when the rows are gone. */
  readonly remains: InstanceRemains
  /** In the order they have to run. */
  readonly seeds: readonly InstanceSeed[]
  /** Domain of the instance that answers hosts nobody claims; empty for none. */
  readonly defaultDomain: string
  /**
   * How long other servers may go on serving an instance that is being removed, because they remember where its host
   * belongs. What they write in that time is removed as well.
   */
  readonly graceMs: number
}

const DEFAULT_LOCALE = 'en'
const STREAM_PAGE = 500
const LOWEST_ID = '00000000-0000-0000-0000-000000000000'
const POLL_MS = 50
const PATIENCE_MS = 60_000

export class InstanceService {
  readonly #store: InstanceStore
  readonly #remains: InstanceRemains
  readonly #seeds: readonly InstanceSeed[]
  readonly #defaultDomain: string
  readonly #graceMs: number
  readonly #watchers = new Set<() => void>()

  constructor(options: InstanceServiceOptions) {
    this.#store = options.store
    this.#remains = options.remains
    this.#seeds = options.seeds
    this.#defaultDomain = options.defaultDomain
    this.#graceMs = options.graceMs
  }

  /** Calls `watcher` whenever this server has put an instance into service, changed it, or taken it out. */
  watch(watcher: () => void): void {
    this.#watchers.add(watcher)
  }

  /** Answers the register token only here, and only when there is no passphrase. */
  async create(wanted: NewInstance): Promise<{ instance: Instance; registerToken: string | null }> {
    const domain = newDomain(wanted.domain)
    const aliases = [...new Set((wanted.aliases ?? []).map((alias) => newDomain(alias)))].filter((alias) => alias !== domain)
    const token = wanted.passphrase === undefined && !wanted.signsInElsewhere ? randomBytes(16) : null
    const { values, settings } = wanted.attributes ?? { values: {}, settings: {} }
    const attributes: InstanceAttributes = {
      // Without this an instance made by the server itself would have no language to show.
      values: { locale: DEFAULT_LOCALE, ...values, password_defined: wanted.passphrase !== undefined, ...(!token && { onboarding_finished: true }) },
      settings,
      ...(token && { registerTokenDigest: createHash('sha256').update(token).digest('hex') }),
    }
    const draft: Instance = { id: uuidV7(), domain, aliases, prefix: prefixOf(domain), state: 'creating', revision: 1, attributes }
    await this.#freeFromDeadCreations([domain, ...aliases])
    await this.#store.exclusively(draft.id, () => this.#build(draft, wanted.passphrase ?? null))
    const instance = (await this.#store.find(draft.id)) ?? failInstance('unknown')
    return { instance, registerToken: token?.toString('base64') ?? null }
  }

  async list(page: { limit: number; cursor?: string; skip?: number }): Promise<InstancePage> {
    const found = await this.#store.page(page.cursor ?? LOWEST_ID, page.limit + 1, page.skip ?? 0)
    const next = found[page.limit]
    return { instances: found.slice(0, page.limit), ...(next && { next: next.id }) }
  }

  /** Every instance, fetched page by page. */
  async *all(): AsyncGenerator<Instance> {
    for (let from: string | undefined = LOWEST_ID; from !== undefined;) {
      const page: InstancePage = await this.list({ limit: STREAM_PAGE, cursor: from })
      yield* page.instances
      from = page.next
    }
  }

  count(): Promise<number> {
    return this.#store.count()
  }

  /** By domain, alias or internal id. */
  async show(name: string): Promise<Instance> {
    const domain = normalDomain(name) ?? failInstance('illegalDomain', 'domain')
    const found = await this.#store.find(domain)
    return found && found.state !== 'creating' ? found : failInstance('unknown')
  }

  /** By internal id; undefined unless the instance is in service. */
  async byId(id: string): Promise<Instance | undefined> {
    const found = await this.#store.find(id)
    return found?.state === 'active' ? found : undefined
  }

  /** Takes the instance out of service at once and removes all of it; continues a removal that was interrupted. */
  async destroy(name: string): Promise<void> {
    const { id } = await this.show(name)
    if (!(await this.#remove(id, true))) failInstance('alreadyDeleting')
  }

  /** Opens these places, and no others any more, to one instance. */
  async replaceOpenHosts(name: string, places: readonly string[]): Promise<Instance> {
    const openHosts = checkedOpenHosts(places)
    const { id, state } = await this.show(name)
    if (state === 'deleting' || !(await this.#store.replaceOpenHosts(id, openHosts))) failInstance('alreadyDeleting')
    this.#tell()
    return this.show(id)
  }

  /** The instance that serves a `Host` header: the one that claims it, with or without its port, else the default one. */
  async resolve(host: string): Promise<Instance | undefined> {
    const claimed = await this.#store.findActive(hostCandidates(host))
    if (claimed || this.#defaultDomain === '') return claimed
    return this.#store.findActive(hostCandidates(this.#defaultDomain))
  }

  /** Makes the instance unless it is there. Of two servers that start together one makes it and the other waits. */
  async ensureDefault(name: string, passphrase: string): Promise<Instance> {
    const domain = newDomain(name)
    for (const deadline = Date.now() + PATIENCE_MS; ;) {
      const known = await this.#store.find(domain)
      if (known?.state === 'active') return known
      if (known) await this.#remove(known.id, false)
      try {
        return (await this.create({ domain, passphrase })).instance
      } catch (error) {
        const takenMeanwhile = error instanceof InstanceFailure && error.problem === 'exists'
        if (!takenMeanwhile || Date.now() > deadline) throw error
        await pause(POLL_MS)
      }
    }
  }

  /** Finishes what servers that are gone have left half done. To be run at every start. */
  async tidy(): Promise<void> {
    for (const { id } of await this.#store.unfinished()) await this.#remove(id, false)
  }

  async #build(draft: Instance, passphrase: string | null): Promise<void> {
    if (!(await this.#store.claim(draft))) failInstance('exists')
    try {
      for (const seed of this.#seeds) await seed(draft, passphrase)
      await this.#store.activate(draft.id)
      this.#tell()
    } catch (error) {
      await this.#store.removeRows(draft.id)
      await this.#store.removeRegistration(draft.id)
      throw error
    }
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher()
  }

  /** False when somebody else is at it. An active instance is only removed when that is what was asked for. */
  #remove(id: string, wanted: boolean): Promise<boolean> {
    return this.#store.exclusively(id, async () => {
      const found = await this.#store.find(id)
      if (!found || (found.state === 'active' && !wanted)) return
      if (found.state === 'active') await this.#store.markDeleting(id)
      this.#tell()
      await this.#remains.note(found)
      await this.#store.removeRows(id)
      if (found.state !== 'creating') {
        await pause(this.#graceMs)
        await this.#store.removeRows(id)
      }
      await this.#store.removeRegistration(id)
      await this.#remains.clear(id)
    })
  }

  /** Names held by a creation whose server is gone are free again. */
  async #freeFromDeadCreations(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const holder = await this.#store.find(name)
      if (holder?.state === 'creating') await this.#remove(holder.id, false)
    }
  }
}
