/**
 * Who is signed in, and the silent renewal of the tokens. Invariants: at most one renewal is under way, whoever asks for
 * it waits for that one; a renewal belongs to nobody's abort signal, because refresh tokens rotate and a broken-off
 * exchange would sign everybody out; a refused refresh token is forgotten.
 */
import { SignInError } from './errors.ts'
import type { components } from './gen/types.ts'
import type { Tokens, TokenStore } from './tokens.ts'

type TokenForm = components['schemas']['TokenForm']
type TokenAnswer = components['schemas']['TokenAnswer']

export interface TokenEndpoint {
  exchange(form: TokenForm, signal?: AbortSignal): Promise<TokenAnswer>
  revoke(token: string, signal?: AbortSignal): Promise<unknown>
}

/** A token with less time left is renewed before it is used. */
const AHEAD_MS = 30_000

export class Session {
  readonly #store: TokenStore
  readonly #endpoint: TokenEndpoint
  readonly #clientId: string
  readonly #now: () => number
  #renewal: Promise<Tokens | undefined> | undefined

  constructor(store: TokenStore, endpoint: TokenEndpoint, clientId: string, now: () => number) {
    this.#store = store
    this.#endpoint = endpoint
    this.#clientId = clientId
    this.#now = now
  }

  async signIn(form: TokenForm, signal?: AbortSignal): Promise<void> {
    await this.#store.save(this.#tokensOf(await this.#endpoint.exchange({ ...form, client_id: this.#clientId }, signal)))
  }

  /** Ends the tokens on the server. They are forgotten here even when the server cannot be reached. */
  async signOut(signal?: AbortSignal): Promise<void> {
    const tokens = await this.#store.load()
    if (!tokens) return
    try {
      if (tokens.refreshToken) await this.#endpoint.revoke(tokens.refreshToken, signal)
      await this.#endpoint.revoke(tokens.accessToken, signal)
    } finally {
      await this.#store.save(undefined)
    }
  }

  /** The token for the next request; undefined when nobody is signed in. */
  async token(signal?: AbortSignal): Promise<string | undefined> {
    const tokens = await this.#store.load()
    if (!tokens?.refreshToken || tokens.expiresAt === undefined || tokens.expiresAt - this.#now() > AHEAD_MS) return tokens?.accessToken
    const stillGood = tokens.expiresAt > this.#now()
    try {
      return await this.renewed(tokens.accessToken, signal)
    } catch (error) {
      signal?.throwIfAborted()
      // Renewing ahead of time is a courtesy; while the old token counts, its failure is nobody's business.
      if (stillGood) return tokens.accessToken
      throw error
    }
  }

  /** Another token than `used`, which the server refuses or will soon; undefined when there is none to be had. */
  async renewed(used: string, signal?: AbortSignal): Promise<string | undefined> {
    this.#renewal ??= this.#renew(used).finally(() => {
      this.#renewal = undefined
    })
    const tokens = await orAborted(this.#renewal, signal)
    return tokens?.accessToken === used ? undefined : tokens?.accessToken
  }

  async #renew(used: string): Promise<Tokens | undefined> {
    const tokens = await this.#store.load()
    if (!tokens || tokens.accessToken !== used) return tokens
    if (!tokens.refreshToken) return undefined
    try {
      const answer = await this.#endpoint.exchange({ grant_type: 'refresh_token', refresh_token: tokens.refreshToken, client_id: this.#clientId })
      const next = this.#tokensOf(answer, tokens.refreshToken)
      await this.#store.save(next)
      return next
    } catch (error) {
      if (!(error instanceof SignInError)) throw error
      await this.#store.save(undefined)
      return undefined
    }
  }

  #tokensOf(answer: TokenAnswer, previous?: string): Tokens {
    const refreshToken = answer.refresh_token ?? previous
    return {
      accessToken: answer.access_token,
      expiresAt: this.#now() + answer.expires_in * 1000,
      ...(refreshToken === undefined ? {} : { refreshToken }),
    }
  }
}

/** Stops waiting when the signal says so; what is waited for goes on. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
