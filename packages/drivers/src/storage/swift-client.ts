/** Requests to the objects of one account of Swift: signed in when it is needed, and once more when a token is refused. */
import type { IncomingMessage } from 'node:http'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { orAbort } from './abort.ts'
import { contentOf, exchange, networkFailure, statusFailure, type Agents, type Call, type Patience } from './http.ts'
import { retrying, withinTime } from './patience.ts'
import { callTo, signIn, type SmallAnswer, type SwiftAccess, type SwiftSettings } from './swift-access.ts'

/** Listings of 1000 objects with all that is told of each. */
const ANSWER_BYTES = 16 * 1024 * 1024

export interface SwiftRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** The account itself, without. */
  readonly container: string
  /** The container itself, without. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

export interface SwiftAskOptions {
  readonly signal?: AbortSignal | undefined
  readonly patience?: Patience
}

export class SwiftConnection {
  readonly #settings: SwiftSettings
  readonly #agents: Agents
  readonly #patience: Patience
  #access: SwiftAccess | null = null
  #signing: Promise<SwiftAccess> | null = null

  constructor(settings: SwiftSettings, agents: Agents, patience: Patience) {
    this.#settings = settings
    this.#agents = agents
    this.#patience = patience
  }

  /** Asks as often as is useful, so only what may be done twice. Fails unless the answer says that it was done. */
  ask(request: SwiftRequest, options: SwiftAskOptions = {}): Promise<SmallAnswer> {
    return this.#asked(options, async (signal) => {
      const message = await this.#send(request, signal)
      return { status: message.statusCode ?? 0, headers: message.headers, text: (await contentOf(message, ANSWER_BYTES)).toString() }
    })
  }

  /** The answer with its body still to be read. */
  open(request: SwiftRequest, options: SwiftAskOptions = {}): Promise<IncomingMessage> {
    return this.#asked(options, (signal) => this.#send(request, signal, true))
  }

  /** Where the account is, without anything that lets one in. */
  async storageUrl(): Promise<URL> {
    return this.#asked({}, async (signal) => (await this.#signedIn(signal)).storageUrl)
  }

  #asked<T>({ signal, patience = this.#patience }: SwiftAskOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const once = () =>
      withinTime(patience.requestMs, signal, async (inTime) => {
        try {
          return await work(inTime)
        } catch (error) {
          throw networkFailure(error)
        }
      })
    return retrying(once, { tries: patience.tries, firstPauseMs: patience.firstPauseMs, signal })
  }

  async #send(request: SwiftRequest, signal: AbortSignal, streams = false): Promise<IncomingMessage> {
    let access = await this.#signedIn(signal)
    let message = await this.#exchange(callOf(request, access), signal, streams)
    if (message.statusCode === 401) {
      // Tokens end some day, and with the server that gave them.
      await contentOf(message, ANSWER_BYTES)
      access = await this.#signedIn(signal, access)
      message = await this.#exchange(callOf(request, access), signal, streams)
    }
    const status = message.statusCode ?? 0
    if (status >= 200 && status < 300) return message
    throw refusal(status, (await contentOf(message, ANSWER_BYTES)).toString())
  }

  /** All requests share one token, and wait for the same new one. `refused` is one that is good for nothing any more. */
  #signedIn(signal: AbortSignal, refused?: SwiftAccess): Promise<SwiftAccess> {
    if (this.#access && this.#access !== refused) return Promise.resolve(this.#access)
    // Whoever asked first may give up; the others still wait.
    this.#signing ??= withinTime(this.#patience.requestMs, undefined, (inTime) => this.#signIn(inTime))
      .then((access) => (this.#access = access))
      .finally(() => (this.#signing = null))
    return orAbort(this.#signing, signal)
  }

  async #signIn(signal: AbortSignal): Promise<SwiftAccess> {
    const send = async (call: Call): Promise<SmallAnswer> => {
      const message = await this.#exchange(call, signal)
      return { status: message.statusCode ?? 0, headers: message.headers, text: (await contentOf(message, ANSWER_BYTES)).toString() }
    }
    return signIn(this.#settings, send)
  }

  #exchange(call: Call, signal: AbortSignal, streams = false): Promise<IncomingMessage> {
    return exchange(call, { agents: this.#agents, stallMs: this.#patience.stallMs, streams, signal })
  }
}

/** Every segment by itself, because a slash inside of a name is a slash. */
export const encodedPath = (...names: readonly string[]): string =>
  names.map((name) => `/${name.split('/').map(encodeURIComponent).join('/')}`).join('')

function callOf({ method, container, key, query = {}, headers = {}, body }: SwiftRequest, { storageUrl, token }: SwiftAccess): Call {
  const text = new URLSearchParams(query).toString()
  const path = `${storageUrl.pathname}${encodedPath(container, ...(key === undefined ? [] : [key]))}${text && `?${text}`}`
  const length = method === 'PUT' || method === 'POST' ? { 'Content-Length': String(body === undefined ? 0 : Buffer.byteLength(body)) } : {}
  return { ...callTo(storageUrl), method, path, headers: { ...headers, ...length, 'X-Auth-Token': token }, body }
}

function refusal(status: number, text: string): BlobFailure {
  const said = text
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 200)
  // The checksum is not that of the bytes; and slow down, in two dialects.
  if (status === 422) return new BlobFailure('corrupt', `the store has received other bytes than those it was sent (${said})`)
  if (status === 498) return new BlobFailure('unavailable', `the store answers ${status} (${said})`)
  return statusFailure(status, said)
}
