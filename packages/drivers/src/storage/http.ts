/**
 * Requests to stores that are spoken to over HTTP. Nothing here opens a connection by itself: that is done by agents that are
 * given, so that what may be reached is decided in one place. No redirect is followed.
 */
import { request as plainRequest, type Agent, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { request as secureRequest } from 'node:https'
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { FetchFailure } from '@vitrine/domain/ports/http-fetch'

export interface Agents {
  /** For `http:`. */
  readonly plain: Agent
  /** For `https:`. */
  readonly secure: Agent
}

/** How long a store is waited for, and how often it is asked. */
export interface Patience {
  /** The longest silence, while connecting, sending or receiving. */
  readonly stallMs: number
  /** For a whole request: until its answer is there, or for objects the head of it. */
  readonly requestMs: number
  /** For what may be repeated; the first one counts. */
  readonly tries: number
  readonly firstPauseMs: number
}

export const PATIENCE: Patience = { stallMs: 30_000, requestMs: 300_000, tries: 4, firstPauseMs: 300 }

/** For clearing up after a failure: whoever waits to be told of it should not wait much longer. */
export const hasty = (patience: Patience): Patience => ({ ...patience, requestMs: Math.min(patience.requestMs, 15_000), tries: 2 })

export interface Call {
  readonly secure: boolean
  readonly method: string
  readonly hostname: string
  /** 0 for the usual one. */
  readonly port: number
  /** With the query, encoded. */
  readonly path: string
  readonly headers: OutgoingHttpHeaders
  readonly body?: Uint8Array | string | undefined
}

export interface Connection {
  readonly agents: Agents
  /** The longest silence; with `streams` only until the answer begins, because then a slow reader would count as well. */
  readonly stallMs: number
  readonly streams?: boolean
  /** Ends the request, and also the reading of its answer. */
  readonly signal: AbortSignal
}

/** Sends a request whose body is at hand; answers when the head of the answer has come. Whoever gets the answer reads or destroys it. */
export function exchange(call: Call, { agents, stallMs, streams = false, signal }: Connection): Promise<IncomingMessage> {
  const { secure, method, hostname, path, headers } = call
  const port = call.port || (secure ? 443 : 80)
  const options = { method, hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port, path, headers, signal, timeout: stallMs }
  return new Promise((resolve, reject) => {
    const request = secure ? secureRequest({ ...options, agent: agents.secure }) : plainRequest({ ...options, agent: agents.plain })
    request.on('error', reject)
    request.once('timeout', () => request.destroy(new BlobFailure('unavailable', `the store has been silent for ${stallMs} ms`)))
    // An answer that is none (a change of protocol) ends the request without an error.
    request.once('close', () => reject(new BlobFailure('unavailable', 'the connection ended before there was an answer')))
    request.once('response', (message) => {
      if (streams) request.setTimeout(0)
      // An error that comes before somebody reads, or after everybody has left, is nobody's and would end the process.
      message.on('error', () => undefined)
      resolve(message)
    })
    request.end(call.body)
  })
}

/** The whole body of an answer that is small; more than `maxBytes` of it is a failure of the store. */
export async function contentOf(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let seen = 0
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      seen += chunk.length
      if (seen > maxBytes) throw new BlobFailure('unavailable', `the store answers more than ${maxBytes} bytes where few were expected`)
      chunks.push(chunk)
    }
  } finally {
    // What has been read to its end gives its connection back; anything else is of no use any more.
    if (!message.complete) message.destroy()
  }
  if (!message.complete) throw new BlobFailure('unavailable', 'the answer of the store broke off')
  return Buffer.concat(chunks)
}

/** What a failure below HTTP means. */
export function networkFailure(error: unknown): BlobFailure {
  if (error instanceof BlobFailure) return error
  if (error instanceof FetchFailure && error.trouble === 'refused')
    return new BlobFailure('misconfigured', `the store is in a place that must not be reached: ${error.message}`, error)
  return new BlobFailure('unavailable', `the store cannot be reached: ${error instanceof Error ? error.message || error.name : String(error)}`, error)
}

/** What an answer means that says no, where nothing more is known than its status. */
export function statusFailure(status: number, what: string): BlobFailure {
  const trouble =
    status === 404
      ? 'not-found'
      : status === 401 || status === 403
        ? 'denied'
        : status === 416
          ? 'corrupt'
          : status === 413 || status === 507
            ? 'full'
            : status === 408 || status === 409 || status === 425 || status === 429 || status >= 500
              ? 'unavailable'
              : 'misconfigured'
  return new BlobFailure(trouble, `the store answers ${status}${what ? ` (${what})` : ''}`)
}

/** Looks at an answer, and closes its connection if there is something wrong with it. */
export function orLetGo<T>(answer: { destroy(): unknown }, look: () => T): T {
  try {
    return look()
  } catch (error) {
    answer.destroy()
    throw error
  }
}

/** How many bytes an answer says it has; a store that does not say cannot be held to it. */
export function announcedBytes({ headers }: Pick<IncomingMessage, 'headers'>): number {
  const length = Number(headers['content-length'] ?? Number.NaN)
  if (!Number.isSafeInteger(length) || length < 0) throw new BlobFailure('corrupt', 'the store does not tell how long the object is')
  return length
}
