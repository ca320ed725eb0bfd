/**
 * The one client that everything the server fetches goes through.
 *
 * A place is looked up once; every address that comes back is checked, and the connection is made to one of exactly those, so
 * that a name which answers differently a moment later changes nothing. Redirects start over from the beginning. Nothing is
 * taken from the environment: there are no proxies. Time, connecting, headers, bytes and steps are limited.
 */
import { lookup } from 'node:dns/promises'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { parseAddress, type Address } from '@vitrine/domain/fetch/addresses'
import { blockedHostsOf, blocksAddress, blocksName, parseOpenHosts, type BlockedHosts } from '@vitrine/domain/fetch/blocked-hosts'
import { targetOf, type FetchTarget } from '@vitrine/domain/fetch/fetch-target'
import { FetchFailure, type FetchAnswer, type FetchRequest, type HttpFetch } from '@vitrine/domain/ports/http-fetch'
import { answerOf } from './answer.ts'
import { dial as dialForReal, type Dial } from './dial.ts'
import { isOwnService, type OwnService, type Resolve } from './own-services.ts'
import { isRedirect, nextStep, sendable, type Step } from './steps.ts'

export interface GuardedFetchOptions {
  /** Entries that replace the built-in ranges; null keeps those. */
  readonly blockedHosts?: readonly string[] | null
  /** `host:port` of places that are open although an entry closes them. */
  readonly openHosts?: readonly string[]
  readonly ownServices?: readonly OwnService[]
  /** How this program calls itself. */
  readonly userAgent?: string
  readonly resolve?: Resolve
  readonly dial?: Dial
}

const TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
const MAX_BYTES = 32 * 1024 * 1024
const MAX_HEADER_BYTES = 32 * 1024
const MAX_REDIRECTS = 5
/** A name with more addresses is no place to fetch from. */
const MOST_ADDRESSES = 64
const MOST_TRIES = 4

const systemResolve: Resolve = async (host) => (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address)

export class GuardedFetch implements HttpFetch {
  readonly #blocked: BlockedHosts
  readonly #open: ReadonlySet<string>
  readonly #ownServices: readonly OwnService[]
  readonly #userAgent: string
  readonly #resolve: Resolve
  readonly #dial: Dial

  constructor(options: GuardedFetchOptions = {}) {
    this.#blocked = blockedHostsOf(options.blockedHosts ?? null)
    this.#open = parseOpenHosts(options.openHosts ?? [])
    this.#ownServices = options.ownServices ?? []
    this.#userAgent = options.userAgent ?? 'vitrine'
    this.#resolve = options.resolve ?? systemResolve
    this.#dial = options.dial ?? dialForReal
  }

  check(url: string): void {
    const target = targetOf(url)
    if (this.#isOpen(target, new Set())) return
    if (blocksName(this.#blocked, target.host, target.port)) refuse(target)
    if (target.address && blocksAddress(this.#blocked, target.address, target.port)) refuse(target)
  }

  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    const timeout = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS)
    const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout
    const open = parseOpenHosts(request.open ?? [])
    const maxRedirects = request.maxRedirects ?? MAX_REDIRECTS
    let step: Step = { target: targetOf(request.url), method: request.method ?? 'GET', headers: sendable(request.headers ?? {}), body: request.body }
    try {
      for (let redirects = 0; ; redirects++) {
        signal.throwIfAborted()
        const answer = await this.#exchange(step, open, request, signal)
        const location = answer.headers['location']
        if (maxRedirects === 0 || !isRedirect(answer.status) || location === undefined) return answer
        answer.discard()
        if (redirects === maxRedirects) throw new FetchFailure('too-many-redirects', `the answer leads on more than ${maxRedirects} times`)
        step = nextStep(step, answer.status, location)
      }
    } catch (error) {
      throw failureOf(error, signal)
    }
  }

  async #exchange(step: Step, open: ReadonlySet<string>, request: FetchRequest, signal: AbortSignal): Promise<FetchAnswer> {
    const addresses = await this.#permitted(step.target, open, signal)
    const socket = await this.#connect(step.target, addresses, request.connectTimeoutMs ?? CONNECT_TIMEOUT_MS, signal)
    try {
      const message = await exchanged(this.#requestOver(socket, step), step.body, signal)
      return answerOf(message, { url: step.target.url.href, maxBytes: request.maxBytes ?? MAX_BYTES, failure: (error) => failureOf(error, signal) })
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  /** All addresses of a place, once each of them may be connected to. */
  async #permitted(target: FetchTarget, open: ReadonlySet<string>, signal: AbortSignal): Promise<string[]> {
    const isOpen = this.#isOpen(target, open)
    if (!isOpen && blocksName(this.#blocked, target.host, target.port)) refuse(target)
    const texts = target.address ? [target.host] : await unlessAborted(this.#lookUp(target.host), signal)
    const addresses = texts.map((text): Address => parseAddress(text) ?? refuse(target))
    const own = await unlessAborted(isOwnService(this.#ownServices, { host: target.host, addresses, port: target.port }, this.#resolve), signal)
    if (own || (!isOpen && addresses.some((address) => blocksAddress(this.#blocked, address, target.port)))) refuse(target)
    return [...texts]
  }

  async #lookUp(host: string): Promise<readonly string[]> {
    const texts = await this.#resolve(host).catch((error: unknown) => {
      throw new FetchFailure('unknown-host', `the host ${host} has no address`, error)
    })
    if (texts.length === 0 || texts.length > MOST_ADDRESSES) throw new FetchFailure('unknown-host', `the host ${host} has no address`)
    return texts
  }

  async #connect(target: FetchTarget, addresses: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<Socket> {
    let failure: unknown
    for (const address of addresses.slice(0, MOST_TRIES)) {
      const limit = AbortSignal.timeout(timeoutMs)
      try {
        return await this.#dial({ address, port: target.port, secureFor: target.secure ? target.host : null }, AbortSignal.any([signal, limit]))
      } catch (error) {
        signal.throwIfAborted()
        failure = limit.aborted ? new FetchFailure('timeout', 'no connection in time', error) : error
      }
    }
    throw failure
  }

  #requestOver(socket: Socket, { target: { url }, method, headers, body }: Step): ClientRequest {
    return httpRequest({
      createConnection: () => socket,
      setHost: false,
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        'user-agent': this.#userAgent,
        'accept-encoding': 'identity',
        accept: '*/*',
        ...headers,
        ...(body && { 'content-length': String(body.byteLength) }),
        connection: 'close',
      },
      maxHeaderSize: MAX_HEADER_BYTES,
    })
  }

  #isOpen({ host, port }: FetchTarget, more: ReadonlySet<string>): boolean {
    const place = `${host}:${port}`
    return this.#open.has(place) || more.has(place)
  }
}

function exchanged(request: ClientRequest, body: Uint8Array | undefined, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const abort = () => request.destroy(new Error('aborted'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    request.once('close', () => signal.removeEventListener('abort', abort))
    request.once('response', resolve)
    // Stays: what breaks after the head of the answer is told by its body.
    request.on('error', reject)
    request.end(body)
  })
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

function failureOf(error: unknown, signal: AbortSignal): FetchFailure {
  if (error instanceof FetchFailure) return error
  if (signal.aborted) {
    const late = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
    return late ? new FetchFailure('timeout', 'no answer in time', error) : new FetchFailure('aborted', 'given up', error)
  }
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'HPE_HEADER_OVERFLOW') return new FetchFailure('too-large', 'the headers of the answer are too large', error)
  return new FetchFailure('network', `the connection failed${code === undefined ? '' : ` (${code})`}`, error)
}

const refuse = ({ host, port }: FetchTarget): never => {
  throw new FetchFailure('refused', `nothing is fetched from ${host.includes(':') ? `[${host}]` : host}:${port}`)
}
