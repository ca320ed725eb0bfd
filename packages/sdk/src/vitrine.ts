/** The client: every operation of the contract, and the few conveniences that need more than one request. */
import { saveBatches, type SavedBatch } from './batches.ts'
import { DialogueError, isDialogue, settle, type Choices, type Dialogue } from './dialogue.ts'
import { followEvents, type EventsOptions, type VitrineEvent } from './events.ts'
import { Operations } from './gen/operations.ts'
import type { components, operations } from './gen/types.ts'
import type { Call, CallOptions, Input } from './operation.ts'
import { pages } from './paging.ts'
import { startSignIn, type SignInStart } from './pkce.ts'
import { DEFAULT_RETRY, type RetryPolicy } from './retry.ts'
import { createCall } from './runtime.ts'
import { Session } from './session.ts'
import { memoryTokenStore, type TokenStore } from './tokens.ts'
import { Transport, type Fetch } from './transport.ts'

type Schemas = components['schemas']
type QueryOf<O> = Input<O> extends { readonly query?: infer Q } ? NonNullable<Q> : never
type ListQuery = QueryOf<operations['objectList']>
type SaveQuery = QueryOf<operations['objectSave']>

export interface VitrineOptions {
  /** Address of the instance, without `/api`. */
  readonly baseUrl: string
  /** Replaces the platform's fetch. */
  readonly fetch?: Fetch
  /** Name of this program at the sign-in; without it the one built into every instance for programs. */
  readonly clientId?: string
  /** Where tokens are kept; without it in memory. */
  readonly tokenStore?: TokenStore
  readonly retry?: Partial<RetryPolicy>
  /** Ends everything this client does. */
  readonly signal?: AbortSignal
  /** Longest wait for one attempt, 60 seconds without it; 0 waits for ever. */
  readonly timeoutMs?: number
}

export interface ObjectsOptions extends Omit<ListQuery, 'limit' | 'offset'> {
  readonly mask: string
  readonly pageSize?: number
  readonly signal?: AbortSignal
}

export interface SaveInBatchesOptions {
  readonly batchSize?: number
  /** Batches on their way at the same time. */
  readonly inFlight?: number
  readonly query?: SaveQuery
  readonly call?: CallOptions
  /** Answers questions of the server; without it a question ends the work with a DialogueError. */
  readonly decide?: (dialogue: Dialogue<Schemas['Record'][]>) => Choices | Promise<Choices>
}

export class Vitrine extends Operations {
  readonly baseUrl: string
  readonly #clientId: string
  readonly #session: Session
  readonly #sleep: RetryPolicy['sleep']

  constructor(baseUrl: string, clientId: string, session: Session, call: Call, sleep: RetryPolicy['sleep']) {
    super(call)
    this.baseUrl = baseUrl
    this.#clientId = clientId
    this.#session = session
    this.#sleep = sleep
  }

  /** Signs in with a password. With the scope `offline` (the default) the session renews itself. */
  async signIn(who: { login: string; password: string; scope?: string }, options: CallOptions = {}): Promise<void> {
    await this.#session.signIn({ grant_type: 'password', username: who.login, password: who.password, scope: who.scope ?? 'offline' }, options.signal)
  }

  /** First half of a sign-in through the browser; the address to return to has to be registered for this client. */
  startSignIn(options: { redirectUri: string; scope?: string }): Promise<SignInStart> {
    return startSignIn(this.baseUrl, this.#clientId, options.redirectUri, options.scope ?? 'offline')
  }

  /** Second half: the code that came back, with the secret of the first half. */
  async signInWithCode(answer: { code: string; codeVerifier: string; redirectUri: string }, options: CallOptions = {}): Promise<void> {
    const form = {
      grant_type: 'authorization_code',
      code: answer.code,
      code_verifier: answer.codeVerifier,
      redirect_uri: answer.redirectUri,
    } as const
    await this.#session.signIn(form, options.signal)
  }

  async signOut(options: CallOptions = {}): Promise<void> {
    await this.#session.signOut(options.signal)
  }

  /** All records of a type that the caller may read, in the order of their ids. */
  objects(objecttype: string, options: ObjectsOptions): AsyncGenerator<Schemas['Record'], void, undefined> {
    const { mask, pageSize = 500, signal, ...query } = options
    const page = (limit: number, offset: number): Promise<Schemas['Record'][]> =>
      this.objectList({ path: { objecttype, mask }, query: { ...query, limit, offset } }, signal ? { signal } : {})
    return pages(page, pageSize)
  }

  /** What happens in the instance, without an end; see events.ts for the promises. */
  events(options: EventsOptions = {}): AsyncGenerator<VitrineEvent, void, undefined> {
    const call = options.signal ? { signal: options.signal } : {}
    const source = {
      newest: async () => (await this.userSession({}, call)).current_max_event_id ?? 0,
      poll: (fromEventId: number, limit: number) => this.eventPoll({ path: { fromEventId }, query: { limit } }, call),
      sleep: this.#sleep,
    }
    return followEvents(source, options)
  }

  /** Saves many records; see batches.ts for the promises. Every batch is one transaction. */
  saveInBatches(
    objecttype: string,
    records: Iterable<Schemas['Record']> | AsyncIterable<Schemas['Record']>,
    options: SaveInBatchesOptions = {},
  ): AsyncGenerator<SavedBatch<Schemas['Record'], Schemas['Record']>, void, undefined> {
    const save = async (body: Schemas['Record'][]): Promise<Schemas['Record'][]> => {
      const result = await this.objectSave({ path: { objecttype }, body, ...(options.query ? { query: options.query } : {}) }, options.call)
      if (!isDialogue(result)) return result
      if (!options.decide) throw new DialogueError('the server asks before it saves, and nobody answers', result.tasks)
      return settle(result, options.decide)
    }
    return saveBatches(records, save, { batchSize: options.batchSize ?? 500, inFlight: options.inFlight ?? 1 })
  }
}

export function createVitrine(options: VitrineOptions): Vitrine {
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  const clientId = options.clientId ?? 'vitrine-cli'
  const retry: RetryPolicy = { ...DEFAULT_RETRY, ...options.retry }
  const transport = new Transport(options.fetch ?? ((request) => globalThis.fetch(request)), retry)
  const endpoint = {
    exchange: (body: Schemas['TokenForm'], signal?: AbortSignal) => client.oauth2Token({ body }, signal ? { signal } : {}),
    revoke: (token: string, signal?: AbortSignal) => client.oauth2Revoke({ body: { token, client_id: clientId } }, signal ? { signal } : {}),
  }
  const session = new Session(options.tokenStore ?? memoryTokenStore(), endpoint, clientId, retry.now)
  const call = createCall({ baseUrl, transport, tokens: session, signal: options.signal, timeoutMs: options.timeoutMs ?? 60_000 })
  const client = new Vitrine(baseUrl, clientId, session, call, retry.sleep)
  return client
}
