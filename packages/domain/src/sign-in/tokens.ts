/**
 * Issuing, renewing and ending tokens. Secrets are 256 random bits; only their hashes are kept. Refresh tokens rotate: each
 * works once, and one that is presented twice has been copied by somebody, so that the whole sign-in ends. The same holds
 * for authorization codes.
 *
 * A sign-in begins where `issue` follows from nothing or from a code, and ends in `revoke`: the event log is told of both.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { NO_TRAIL, type Trail } from '../events/new-event.ts'
import { closedGate, displaynameOf, type Account } from '../people/account.ts'
import { hashToken } from '../people/sessions.ts'
import type { Clock } from '../ports/clock.ts'
import type { AccountStore } from './account-store.ts'
import type { NewToken, StoredToken, TokenStore } from './token-store.ts'

export interface Lifetimes {
  readonly accessSeconds: number
  readonly refreshSeconds: number
  readonly codeSeconds: number
}
export const DEFAULT_LIFETIMES: Lifetimes = { accessSeconds: 86_400, refreshSeconds: 720 * 3600, codeSeconds: 300 }

/** What a refresh token or a code stands for. */
export interface Redeemable {
  readonly secret: string
  readonly kind: 'refresh' | 'code'
  readonly token: StoredToken
  readonly account: Account
}

export interface Issued {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly expiresIn: number
  readonly signedInAt: Date
}

export const SCOPES = ['read', 'write', 'openid', 'offline', 'offline_access'] as const
const wantsRefresh = (scope: readonly string[]) => scope.includes('offline') || scope.includes('offline_access')
const newSecret = () => randomBytes(32).toString('base64url')

export class Tokens {
  readonly #store: TokenStore
  readonly #accounts: AccountStore
  readonly #clock: Clock
  readonly #lifetimes: Lifetimes

  constructor(
    ports: { readonly store: TokenStore; readonly accounts: AccountStore; readonly clock: Clock },
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
  ) {
    this.#store = ports.store
    this.#accounts = ports.accounts
    this.#clock = ports.clock
    this.#lifetimes = lifetimes
  }

  /**
   * Tokens for a fresh sign-in, or following from a code or refresh token. Null when that was used by somebody else meanwhile,
   * or when the password was changed since it was verified.
   */
  async issue(grant: {
    account: Account
    clientId: string
    scope: readonly string[]
    refreshable: boolean
    from?: Redeemable | undefined
    /** Network address of the client, as far as it is known. */
    address?: string | undefined
  }): Promise<Issued | null> {
    const now = this.#clock()
    const { accessSeconds, refreshSeconds } = this.#lifetimes
    const from = grant.from?.token
    const signedInAt = dateOf(from?.details['signedInAt']) ?? now
    const common = {
      clientId: grant.clientId,
      userId: grant.account.id,
      scope: grant.scope.join(' '),
      family: from?.family ?? randomUUID(),
      createdAt: now,
      details: { signedInAt: signedInAt.toISOString() },
    }
    const make = (kind: 'access' | 'refresh', secret: string, seconds: number): NewToken => ({
      ...common,
      kind,
      hash: hashToken(secret),
      expiresAt: after(now, seconds),
    })
    const accessToken = newSecret()
    // A client may ask for a narrower access token; what it can renew stays as wide as it was granted.
    const renewable = from?.kind === 'refresh' ? from.scope.split(' ') : grant.scope
    const refreshToken = grant.refreshable && wantsRefresh(renewable) ? newSecret() : undefined
    const tokens = [
      make('access', accessToken, accessSeconds),
      ...(refreshToken === undefined ? [] : [{ ...make('refresh', refreshToken, refreshSeconds), scope: renewable.join(' ') }]),
    ]
    const trail = grant.from?.kind === 'refresh' ? NO_TRAIL : trailOf('USER_LOGIN', grant.account, grant.clientId, grant.address)
    if (grant.from) {
      const stored = await this.#store.follow(hashToken(grant.from.secret), tokens, now, grant.from.kind === 'refresh', trail)
      if (!stored) {
        await this.#store.revokeFamily(common.family, NO_TRAIL)
        return null
      }
    } else if (!(await this.#store.save(tokens, grant.account.passwordHash, trail))) return null
    return { accessToken, refreshToken, expiresIn: accessSeconds, signedInAt }
  }

  /** A code for a fresh sign-in; null when the password was changed since it was verified. */
  async issueCode(grant: {
    account: Account
    clientId: string
    scope: readonly string[]
    details: Readonly<Record<string, unknown>>
  }): Promise<{ code: string; expiresAt: Date } | null> {
    const now = this.#clock()
    const code = newSecret()
    const expiresAt = after(now, this.#lifetimes.codeSeconds)
    const details = { ...grant.details, signedInAt: now.toISOString() }
    const token: NewToken = {
      hash: hashToken(code),
      kind: 'code',
      clientId: grant.clientId,
      userId: grant.account.id,
      scope: grant.scope.join(' '),
      family: randomUUID(),
      details,
      createdAt: now,
      expiresAt,
    }
    return (await this.#store.save([token], grant.account.passwordHash, NO_TRAIL)) ? { code, expiresAt } : null
  }

  /** A code or refresh token that can still be used, with its account; null otherwise. One that was used before ends its family. */
  async redeemable(kind: 'refresh' | 'code', secret: string): Promise<Redeemable | null> {
    const now = this.#clock()
    const token = await this.#store.find(hashToken(secret), now)
    if (token?.kind !== kind) return null
    if (token.usedAt !== null) {
      await this.#store.revokeFamily(token.family, NO_TRAIL)
      return null
    }
    const account = await this.#accounts.byId(token.userId)
    return account && closedGate(account, now) === null ? { secret, kind, token, account } : null
  }

  /** Uses up a code, before anything else about the request is judged. False when somebody was faster: then its family ends. */
  async spend(code: Redeemable): Promise<boolean> {
    const first = await this.#store.spend(hashToken(code.secret), this.#clock())
    if (!first) await this.#store.revokeFamily(code.token.family, NO_TRAIL)
    return first
  }

  /** A token as it is kept, whoever it belongs to; null when it does not count any more. */
  async inspect(secret: string): Promise<{ token: StoredToken; account: Account } | null> {
    const now = this.#clock()
    const token = await this.#store.find(hashToken(secret), now)
    if (!token || token.kind === 'code' || token.usedAt !== null) return null
    const account = await this.#accounts.byId(token.userId)
    return account && closedGate(account, now) === null ? { token, account } : null
  }

  /** Ends the sign-in that a token belongs to, if `allowed` says so. Unknown tokens are no failure. */
  async revoke(secret: string, allowed: (token: StoredToken) => boolean, address?: string): Promise<void> {
    const token = await this.#store.find(hashToken(secret), this.#clock())
    if (!token || !allowed(token)) return
    const account = await this.#accounts.byId(token.userId)
    await this.#store.revokeFamily(token.family, account ? trailOf('USER_LOGOUT', account, token.clientId, address) : NO_TRAIL)
  }

  revokeUser(userId: number): Promise<void> {
    return this.#store.revokeUser(userId)
  }
}

function trailOf(type: 'USER_LOGIN' | 'USER_LOGOUT', account: Account, clientId: string, address: string | undefined): Trail {
  const actor = { userId: account.id, displayname: displaynameOf(account), remoteAddr: address || undefined }
  return { events: [{ type, basetype: 'user', objectId: account.id, info: { client_id: clientId } }], actor }
}

const after = (moment: Date, seconds: number) => new Date(moment.getTime() + seconds * 1000)
const dateOf = (value: unknown) => (typeof value === 'string' ? new Date(value) : undefined)
