/**
 * From a token to the person behind it, once per request and in one round trip. A token of an account that has been
 * disabled, archived or whose time has passed is worth nothing from that moment on, whatever its expiry says.
 */
import { createHash } from 'node:crypto'
import type { Clock } from '../ports/clock.ts'
import { closedGate, displaynameOf, effectiveRights, type Account } from './account.ts'
import { holds, type Caller } from './caller.ts'

export interface SessionRecord {
  readonly account: Account
  readonly clientId: string
  readonly signedInAt: Date
  readonly datamodelVersion: number
  readonly configRevision: number
}

export interface SessionStore {
  /** The account behind an access token that has not expired at `now`, or null. One statement. */
  findSession(tokenHash: Uint8Array, now: Date): Promise<SessionRecord | null>
  /** The same for a user that the server acts as, without a token. */
  systemSession(reference: string, now: Date): Promise<SessionRecord | null>
}

const LONGEST_TOKEN = 512
const DEFAULT_LANGUAGE = 'en-US'

/** Only hashes of tokens are stored. They are random and long, so that a plain SHA-256 cannot be turned round. */
export const hashToken = (token: string): Uint8Array => createHash('sha256').update(token).digest()

export class Sessions {
  readonly #store: SessionStore
  readonly #clock: Clock

  constructor(store: SessionStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** The caller, or null when the token is not valid (any more). */
  async resolve(token: string): Promise<Caller | null> {
    if (token === '' || token.length > LONGEST_TOKEN) return null
    const now = this.#clock()
    const session = await this.#store.findSession(hashToken(token), now)
    if (!session || closedGate(session.account, now) !== null) return null
    return callerOf(session)
  }

  /** Somebody who stands for those who have not signed in; null when the account has been closed. */
  async ofSystemUser(reference: string): Promise<Caller | null> {
    const now = this.#clock()
    const session = await this.#store.systemSession(reference, now)
    return session && closedGate(session.account, now) === null ? callerOf(session) : null
  }
}

export function callerOf({ account, ...session }: SessionRecord): Caller {
  const systemRights = effectiveRights(account)
  const language = account.data['frontend_language']
  return {
    userId: account.id,
    login: account.login,
    type: account.type,
    displayname: displaynameOf(account),
    groupIds: account.groups.map((group) => group.id),
    systemRights,
    root: holds(systemRights, 'system.root'),
    language: typeof language === 'string' && language !== '' ? language : DEFAULT_LANGUAGE,
    datamodelVersion: session.datamodelVersion,
    configRevision: session.configRevision,
    ...(Array.isArray(account.data['_collection_pin_codes']) && { pinCodes: account.data['_collection_pin_codes'] }),
    clientId: session.clientId,
    signedInAt: session.signedInAt,
  }
}
