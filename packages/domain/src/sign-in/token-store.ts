import type { Trail } from '../events/new-event.ts'

/** Tokens of an instance. Only hashes of the secrets ever reach the store. */
export type TokenKind = 'access' | 'refresh' | 'code'

export interface NewToken {
  readonly hash: Uint8Array
  readonly kind: TokenKind
  readonly clientId: string
  readonly userId: number
  readonly scope: string
  /** Tokens of one sign-in share a family. */
  readonly family: string
  readonly details: Readonly<Record<string, unknown>>
  readonly createdAt: Date
  readonly expiresAt: Date
}

export interface StoredToken extends NewToken {
  readonly usedAt: Date | null
}

export interface TokenStore {
  /** A token that has not expired at `now`, or null. */
  find(hash: Uint8Array, now: Date): Promise<StoredToken | null>
  /**
   * Stores the tokens of a sign-in, all of one user, unless the user's password hash is another one than was verified: a
   * password that is changed in that moment must not leave a way in behind. False when nothing was stored.
   */
  save(tokens: readonly NewToken[], passwordHash: string | null, trail: Trail): Promise<boolean>
  /** Marks a token as used. False when it is gone or has been used before: of two at the same moment only one gets true. */
  spend(hash: Uint8Array, at: Date): Promise<boolean>
  /**
   * Stores the tokens that follow from `parent`, in one transaction with the check that it still exists. With `spend` the
   * parent must be unused, is marked as used, and the access tokens of its family end. False when nothing was stored.
   */
  follow(parent: Uint8Array, tokens: readonly NewToken[], at: Date, spend: boolean, trail: Trail): Promise<boolean>
  /** Tells of it only when there was anything to end. */
  revokeFamily(family: string, trail: Trail): Promise<void>
  revokeUser(userId: number): Promise<void>
}
