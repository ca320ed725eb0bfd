/**
 * The client of S3, which makes and signs the requests, over our own way of sending them: with limits on time and size, a signal
 * that ends them, and failures in the words of the port. Its own repetitions, which print, are switched off; ours take their place.
 */
import { EventEmitter } from 'node:events'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { BlobFailure, type BlobStoreSettings, type BlobTrouble } from '@vitrine/domain/ports/blob-store'
import type { Client } from 'minio'
import { contentOf, exchange, networkFailure, statusFailure, type Agents, type Patience } from './http.ts'
import { retrying, withinTime } from './patience.ts'

export type S3Settings = Extract<BlobStoreSettings, { readonly kind: 's3' }>

/** Listings of 1000 keys, each of up to 1024 bytes that may be encoded as three characters each. */
const ANSWER_BYTES = 16 * 1024 * 1024
const PROBLEM_BYTES = 64 * 1024
const DEFAULT_REGION = 'us-east-1'

/** What codes mean where that is not what their status means. */
const TROUBLES: Readonly<Record<string, BlobTrouble>> = {
  NoSuchBucket: 'misconfigured',
  NoSuchUpload: 'unavailable',
  RequestTimeout: 'unavailable',
  BadDigest: 'corrupt',
  InvalidDigest: 'corrupt',
  IncompleteBody: 'corrupt',
  XAmzContentSHA256Mismatch: 'corrupt',
  EntityTooLarge: 'full',
  QuotaExceeded: 'full',
  KeyTooLongError: 'denied',
}

export interface S3Answer extends Readable {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined
  readonly patience?: Patience
  /** The body of the answer is an object, and comes as a stream. */
  readonly streams?: boolean
}

export class S3Connection {
  readonly #settings: S3Settings
  readonly #agents: Agents
  readonly #patience: Patience
  readonly #address: { readonly hostname: string; readonly port: number } | null

  constructor(settings: S3Settings, agents: Agents, patience: Patience) {
    this.#settings = settings
    this.#agents = agents
    this.#patience = patience
    this.#address = addressOf(settings.endpoint)
  }

  get region(): string {
    return this.#settings.region || DEFAULT_REGION
  }

  /** Asks as often as is useful; so `work` is something that may be done twice. */
  ask<T>(work: (client: Client) => Promise<T>, { signal, patience = this.#patience, streams = false }: AskOptions = {}): Promise<T> {
    const once = () => withinTime(patience.requestMs, signal, (inTime) => this.#told(async () => work(await this.#client(inTime, streams))))
    return retrying(once, { tries: patience.tries, firstPauseMs: patience.firstPauseMs, signal })
  }

  /** Whatever is wrong with an answer that came in time, somebody else may have to look at it. */
  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw s3Failure(error)
    }
  }

  /** One for each question, because it has no other way to be told when to end. It is loaded when first needed. */
  async #client(signal: AbortSignal, streams: boolean): Promise<Client> {
    if (!this.#address) throw new BlobFailure('misconfigured', `${this.#settings.endpoint} is not a host with an optional port`)
    const { accesskey, secretkey, ssl, pathstyle } = this.#settings
    const { Client } = await import('minio')
    return new Client({
      endPoint: this.#address.hostname,
      port: this.#address.port,
      useSSL: ssl,
      pathStyle: pathstyle,
      region: this.region,
      accessKey: accesskey,
      secretKey: secretkey,
      retryOptions: { disableRetry: true },
      transport: transportOf((call, body) => this.#send(call, body, signal, streams)),
    })
  }

  async #send(call: TransportCall, body: Buffer | string, signal: AbortSignal, streams: boolean): Promise<S3Answer> {
    const { method, host: hostname, port, path, headers } = call
    const connection = { agents: this.#agents, stallMs: this.#patience.stallMs, streams, signal }
    const message = await exchange({ secure: this.#settings.ssl, method, hostname, port: port ?? 0, path, headers, body }, connection)
    const status = message.statusCode ?? 0
    if (status < 200 || status >= 300) throw refusal(status, (await contentOf(message, PROBLEM_BYTES)).toString())
    if (streams) return message as unknown as S3Answer
    const content = await contentOf(message, ANSWER_BYTES)
    return Object.assign(Readable.from([content]), { statusCode: status, headers: message.headers })
  }
}

function addressOf(endpoint: string): { hostname: string; port: number } | null {
  const url = URL.parse(`http://${endpoint}`)
  if (!url || `${url.username}${url.password}${url.search}${url.hash}` || url.pathname !== '/' || endpoint.includes('/')) return null
  // The standard port of plain HTTP disappears from an address, even if it was written for the other one.
  const port = Number(/:(\d+)$/.exec(endpoint)?.[1] ?? 0)
  return { hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'), port }
}

/** An answer that says no. Repositories of the same protocol differ in their codes, so a status alone says something, too. */
function refusal(status: number, text: string): BlobFailure {
  const code = /<Code>\s*([\w.]{1,100})\s*<\/Code>/.exec(text)?.[1] ?? ''
  const known = TROUBLES[code]
  return known ? new BlobFailure(known, `the store answers ${status} (${code})`) : statusFailure(status, code)
}

/** What a code means inside an answer whose status says that all is well. */
export const codeFailure = (code: string): BlobFailure =>
  new BlobFailure(TROUBLES[code] ?? (code === 'AccessDenied' ? 'denied' : 'unavailable'), `the store answers ${code || 'a failure'}`)

/** Errors that the client makes itself are about names and settings; those of the network are passed through as they are. */
export function s3Failure(error: unknown): BlobFailure {
  if (error instanceof BlobFailure) return error
  const name = error instanceof Error ? error.constructor.name : ''
  return /^Invalid(BucketName|Endpoint|Argument)Error$|^AnonymousRequestError$/.test(name)
    ? new BlobFailure('misconfigured', error instanceof Error ? error.message : name, error)
    : networkFailure(error)
}

interface TransportCall {
  readonly method: string
  readonly host: string
  readonly port?: number
  readonly path: string
  readonly headers: OutgoingHttpHeaders
}
type Transport = NonNullable<ConstructorParameters<typeof Client>[0]['transport']>

/** The part of `node:http` that the client uses. It sends bodies in one piece, because we give it such. */
function transportOf(send: (call: TransportCall, body: Buffer | string) => Promise<S3Answer>): Transport {
  const request = (call: TransportCall, answered: (answer: S3Answer) => void) => {
    const events = new EventEmitter()
    const end = (body: Buffer | string) => void send(call, body).then(answered, (error: unknown) => events.emit('error', error))
    return Object.assign(events, { end })
  }
  return { request } as unknown as Transport
}
