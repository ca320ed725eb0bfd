/** Where a client keeps its tokens between requests and, if the store lasts longer, between runs. */
export interface Tokens {
  readonly accessToken: string
  /** Milliseconds since 1970; absent when unknown. */
  readonly expiresAt?: number
  readonly refreshToken?: string
}

/**
 * `load` answers undefined when nobody is signed in; `save(undefined)` forgets. Several clients may share one store:
 * before a token is renewed the store is asked again, so that a renewal by another client is picked up.
 */
export interface TokenStore {
  load(): Promise<Tokens | undefined> | Tokens | undefined
  save(tokens: Tokens | undefined): Promise<void> | void
}

export function memoryTokenStore(initial?: Tokens): TokenStore {
  let tokens = initial
  return {
    load: () => tokens,
    save(next) {
      tokens = next
    },
  }
}
