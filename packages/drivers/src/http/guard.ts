/**
 * What stands between a place that somebody named and a connection to it.
 *
 * A name is looked up once; every address that comes back is checked, and the connection is made to one of exactly those, so
 * that a name which answers differently a moment later changes nothing.
 */
import { lookup } from 'node:dns/promises'
import type { Socket } from 'node:net'
import { parseAddress, type Address } from '@vitrine/domain/fetch/addresses'
import { blockedHostsOf, blocksAddress, blocksName, parseOpenHosts, type BlockedHosts } from '@vitrine/domain/fetch/blocked-hosts'
import type { FetchPlace } from '@vitrine/domain/fetch/fetch-target'
import { FetchFailure } from '@vitrine/domain/ports/http-fetch'
import { dial as dialForReal, type Dial } from './dial.ts'
import { isOwnService, type OwnService, type Resolve } from './own-services.ts'

export interface GuardOptions {
  /** Entries that replace the built-in ranges; null keeps those. */
  readonly blockedHosts?: readonly string[] | null
  /** `host:port` of places that are open although an entry closes them. */
  readonly openHosts?: readonly string[]
  /** May grow while the guard is in use. */
  readonly ownServices?: readonly OwnService[]
  readonly resolve?: Resolve
  readonly dial?: Dial
}

export interface Passage {
  /** Places that are open besides, as `parseOpenHosts` answers them. */
  readonly open: ReadonlySet<string>
  /** For each address that is tried. */
  readonly connectTimeoutMs: number
  readonly signal: AbortSignal
}

/** A name with more addresses is no place to fetch from. */
const MOST_ADDRESSES = 64
const MOST_TRIES = 4

const systemResolve: Resolve = async (host) => (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address)

export class Guard {
  readonly #blocked: BlockedHosts
  readonly #open: ReadonlySet<string>
  readonly #ownServices: readonly OwnService[]
  readonly #resolve: Resolve
  readonly #dial: Dial

  constructor(options: GuardOptions = {}) {
    this.#blocked = blockedHostsOf(options.blockedHosts ?? null)
    this.#open = parseOpenHosts(options.openHosts ?? [])
    this.#ownServices = options.ownServices ?? []
    this.#resolve = options.resolve ?? systemResolve
    this.#dial = options.dial ?? dialForReal
  }

  /** Fails with FetchFailure when that can be told without a look-up. */
  check(place: FetchPlace, open: ReadonlySet<string>): void {
    if (this.#isOpen(place, open)) return
    if (blocksName(this.#blocked, place.host, place.port)) refuse(place)
    if (place.address && blocksAddress(this.#blocked, place.address, place.port)) refuse(place)
  }

  /** A connection that is ready for use, TLS included. Fails with FetchFailure, with what the socket says, or when the signal does. */
  async connect(place: FetchPlace, passage: Passage): Promise<Socket> {
    const addresses = await this.permitted(place, passage)
    let failure: unknown
    for (const address of addresses.slice(0, MOST_TRIES)) {
      const limit = AbortSignal.timeout(passage.connectTimeoutMs)
      try {
        const to = { address, port: place.port, secureFor: place.secure ? place.host : null }
        return await this.#dial(to, AbortSignal.any([passage.signal, limit]))
      } catch (error) {
        passage.signal.throwIfAborted()
        failure = limit.aborted ? new FetchFailure('timeout', 'no connection in time', error) : error
      }
    }
    throw failure
  }

  /** All addresses of a place, once each of them may be connected to. */
  async permitted(place: FetchPlace, { open, signal }: Omit<Passage, 'connectTimeoutMs'>): Promise<string[]> {
    this.check(place, open)
    const texts = place.address ? [place.host] : await unlessAborted(this.#lookUp(place.host), signal)
    const addresses = texts.map((text): Address => parseAddress(text) ?? refuse(place))
    const own = await unlessAborted(isOwnService(this.#ownServices, { host: place.host, addresses, port: place.port }, this.#resolve), signal)
    const closed = !this.#isOpen(place, open) && addresses.some((address) => blocksAddress(this.#blocked, address, place.port))
    if (own || closed) refuse(place)
    return [...texts]
  }

  async #lookUp(host: string): Promise<readonly string[]> {
    const texts = await this.#resolve(host).catch((error: unknown) => {
      throw new FetchFailure('unknown-host', `the host ${host} has no address`, error)
    })
    if (texts.length === 0 || texts.length > MOST_ADDRESSES) throw new FetchFailure('unknown-host', `the host ${host} has no address`)
    return texts
  }

  #isOpen({ host, port }: FetchPlace, more: ReadonlySet<string>): boolean {
    const place = `${host}:${port}`
    return this.#open.has(place) || more.has(place)
  }
}

/** A look-up cannot be stopped, only left alone. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(new Error('aborted'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** What went wrong, in words that tell nothing about the inside. */
export function failureOf(error: unknown, signal: AbortSignal): FetchFailure {
  if (error instanceof FetchFailure) return error
  if (signal.aborted) {
    const late = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
    return late ? new FetchFailure('timeout', 'no answer in time', error) : new FetchFailure('aborted', 'given up', error)
  }
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'HPE_HEADER_OVERFLOW') return new FetchFailure('too-large', 'the headers of the answer are too large', error)
  return new FetchFailure('network', `the connection failed${code === undefined ? '' : ` (${code})`}`, error)
}

const refuse = ({ host, port }: FetchPlace): never => {
  throw new FetchFailure('refused', `nothing is fetched from ${host.includes(':') ? `[${host}]` : host}:${port}`)
}
