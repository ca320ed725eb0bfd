/**
 * One request on its way: with a time limit per attempt, tried again where retry.ts allows it, and once more with a new
 * token when the server no longer takes the old one (it did not begin, so that is safe for writes too).
 */
import { ConnectionError } from './errors.ts'
import { waitBefore, type Outcome, type RetryPolicy } from './retry.ts'

export type Fetch = (request: Request) => Promise<Response>

/** What the transport needs of a session. */
export interface TokenSource {
  token(signal?: AbortSignal): Promise<string | undefined>
  renewed(used: string, signal?: AbortSignal): Promise<string | undefined>
}

export interface SendOptions {
  /** Absent: the request goes without a token. */
  readonly tokens: TokenSource | undefined
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
}

export class Transport {
  readonly #fetch: Fetch
  readonly #retry: RetryPolicy

  constructor(fetch: Fetch, retry: RetryPolicy) {
    this.#fetch = fetch
    this.#retry = retry
  }

  async send(request: Request, options: SendOptions): Promise<Response> {
    const token = await options.tokens?.token(options.signal)
    const response = await this.#withRetries(request, token, options)
    if (token === undefined || !(await refusesToken(response))) return response
    const renewed = await options.tokens?.renewed(token, options.signal)
    if (renewed === undefined) return response
    await response.body?.cancel()
    return this.#withRetries(request, renewed, options)
  }

  async #withRetries(request: Request, token: string | undefined, options: SendOptions): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#attempt(request, token, options)
      const outcome: Outcome = result instanceof Response ? await outcomeOf(result) : { kind: 'network' }
      const worthAnother = result instanceof Error || !result.ok
      const wait = worthAnother ? waitBefore(attempt, request.method, outcome, this.#retry) : undefined
      if (wait === undefined) {
        if (result instanceof Error) throw result
        return result
      }
      if (result instanceof Response) await result.body?.cancel()
      await this.#retry.sleep(wait, options.signal)
    }
  }

  /** An answer, or the reason why there is none. Being aborted by the caller is thrown: it ends everything. */
  async #attempt(request: Request, token: string | undefined, options: SendOptions): Promise<Response | ConnectionError> {
    options.signal?.throwIfAborted()
    const limit = options.timeoutMs > 0 ? AbortSignal.timeout(options.timeoutMs) : undefined
    const signals = [options.signal, limit].filter((signal) => signal !== undefined)
    // The original stays unread, so that it can be sent again.
    const attempt = new Request(request.clone(), { signal: AbortSignal.any(signals) })
    if (token !== undefined) attempt.headers.set('authorization', `Bearer ${token}`)
    try {
      return await this.#fetch(attempt)
    } catch (cause) {
      options.signal?.throwIfAborted()
      const { pathname } = new URL(request.url)
      const message = limit?.aborted ? `no answer within ${options.timeoutMs} ms` : 'no connection'
      return new ConnectionError(`${request.method} ${pathname}: ${message}`, { cause })
    }
  }
}

async function codeOf(response: Response): Promise<string | undefined> {
  try {
    const body: unknown = await response.clone().json()
    return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' ? body.code : undefined
  } catch {
    // A proxy's page in place of our JSON has no code; the status has to do.
    return undefined
  }
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const needsCode = response.status === 423 || response.status === 503
  const code = needsCode ? await codeOf(response) : undefined
  return { kind: 'answer', status: response.status, code, retryAfter: response.headers.get('retry-after') }
}

/** Most operations answer 401; those about the session itself answer 400 with a code of its own. */
async function refusesToken(response: Response): Promise<boolean> {
  return response.status === 401 || (response.status === 400 && (await codeOf(response)) === 'InvalidToken')
}
