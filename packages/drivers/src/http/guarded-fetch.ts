/**
 * The one client that everything the server fetches goes through.
 *
 * Each connection is made by the guard, and redirects start over from the beginning. Nothing is taken from the environment:
 * there are no proxies. Time, connecting, speed, headers, bytes and steps are limited.
 */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { parseOpenHosts } from '@vitrine/domain/fetch/blocked-hosts'
import { targetOf } from '@vitrine/domain/fetch/fetch-target'
import { FetchFailure, type FetchAnswer, type FetchRequest, type HttpFetch } from '@vitrine/domain/ports/http-fetch'
import { answerOf } from './answer.ts'
import { failureOf, Guard, type GuardOptions } from './guard.ts'
import type { PaceLimits } from './pace.ts'
import { isRedirect, nextStep, sendable, type Step } from './steps.ts'

export interface GuardedFetchOptions extends GuardOptions {
  /** How this program calls itself. */
  readonly userAgent?: string
}

const TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
const MAX_BYTES = 32 * 1024 * 1024
const MAX_HEADER_BYTES = 32 * 1024
const MAX_REDIRECTS = 5

export class GuardedFetch implements HttpFetch {
  readonly #guard: Guard
  readonly #userAgent: string

  constructor({ userAgent = 'vitrine', ...options }: GuardedFetchOptions = {}) {
    this.#guard = new Guard(options)
    this.#userAgent = userAgent
  }

  check(url: string, open: readonly string[] = []): void {
    this.#guard.check(targetOf(url), parseOpenHosts(open))
  }

  async checkPlace(place: Pick<FetchRequest, 'url' | 'open' | 'timeoutMs' | 'signal'>): Promise<void> {
    const signal = signalOf(place)
    try {
      await this.#guard.permitted(targetOf(place.url), { open: parseOpenHosts(place.open ?? []), signal })
    } catch (error) {
      throw failureOf(error, signal)
    }
  }

  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    const signal = signalOf(request)
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
    const socket = await this.#guard.connect(step.target, { open, signal, connectTimeoutMs: request.connectTimeoutMs ?? CONNECT_TIMEOUT_MS })
    const pace: PaceLimits | null =
      request.idleTimeoutMs === undefined ? null : { idleTimeoutMs: request.idleTimeoutMs, leastBytesPerSecond: request.leastBytesPerSecond ?? 0 }
    try {
      const message = await exchanged(this.#requestOver(socket, step), step.body, { signal, headTimeoutMs: request.idleTimeoutMs ?? null })
      const failure = (error: unknown) => failureOf(error, signal)
      return answerOf(message, { url: step.target.url.href, maxBytes: request.maxBytes ?? MAX_BYTES, pace, failure })
    } catch (error) {
      socket.destroy()
      throw error
    }
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
}

function signalOf({ timeoutMs, signal }: Pick<FetchRequest, 'timeoutMs' | 'signal'>): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS)
  return signal ? AbortSignal.any([timeout, signal]) : timeout
}

interface Patience {
  readonly signal: AbortSignal
  /** From the last byte that was sent to the head of the answer; null where only the signal ends the wait. */
  readonly headTimeoutMs: number | null
}

function exchanged(request: ClientRequest, body: Uint8Array | undefined, { signal, headTimeoutMs }: Patience): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const abort = () => request.destroy(new Error('aborted'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    let late: NodeJS.Timeout | undefined
    const giveUp = () => request.destroy(new FetchFailure('timeout', 'no answer in time'))
    if (headTimeoutMs !== null) request.once('finish', () => (late = setTimeout(giveUp, headTimeoutMs)))
    request.once('close', () => {
      clearTimeout(late)
      signal.removeEventListener('abort', abort)
      // Without an error of its own where the answer changes to another protocol; said after an answer it means nothing.
      reject(new FetchFailure('network', 'there was no answer'))
    })
    request.once('response', (message: IncomingMessage) => (clearTimeout(late), resolve(message)))
    // Stays: what breaks after the head of the answer is told by its body.
    request.on('error', reject)
    request.end(body)
  })
}
