/**
 * Signing in with a login and a password. Whoever does not know the password learns nothing: an unknown login, an account
 * without a password and a wrong password take the same time and get the same answer. Only the right password tells why an
 * account cannot be used.
 */
import { BlockList, isIP } from 'node:net'
import type { EventWriter } from '../events/new-event.ts'
import { closedGate, isSystemRoot, type Account, type Gate } from '../people/account.ts'
import type { Clock } from '../ports/clock.ts'
import type { Passwords } from '../ports/passwords.ts'
import type { AccountStore } from './account-store.ts'
import type { Throttle } from './throttle.ts'

export type Refused = 'credentials' | Gate | 'passwordChange' | 'secondFactor' | 'network'
export type SignInResult = { readonly account: Account; readonly refused?: never } | { readonly account?: never; readonly refused: Refused }

export interface Credentials {
  readonly login: string
  readonly password: string
  /** Network address of the client, as far as it is known. */
  readonly address: string
}

/** Kinds of users that have a password here; the others sign in elsewhere. */
export const PASSWORD_TYPES: readonly string[] = ['easydb', 'easydb_self_register', 'system']

export class SignIn {
  readonly #accounts: AccountStore
  readonly #passwords: Passwords
  readonly #throttle: Throttle
  readonly #clock: Clock
  readonly #events: EventWriter

  constructor(ports: {
    readonly accounts: AccountStore
    readonly passwords: Passwords
    readonly throttle: Throttle
    readonly clock: Clock
    readonly events: EventWriter
  }) {
    this.#accounts = ports.accounts
    this.#passwords = ports.passwords
    this.#throttle = ports.throttle
    this.#clock = ports.clock
    this.#events = ports.events
  }

  /** Fails with TooManyRequests while the login is blocked. */
  async withPassword({ login, password, address }: Credentials): Promise<SignInResult> {
    const found: { known: Account | null; account: Account | null } = { known: null, account: null }
    const right = await this.#throttle.attempt(login, address, async () => {
      found.known = await this.#accounts.byLogin(login)
      found.account = await this.#matches(found.known, password)
      return found.account !== null
    })
    const result: SignInResult = right && found.account ? await this.#admit(found.account, address) : { refused: 'credentials' }
    if (result.refused !== undefined) await this.#tellRefused(result.refused, found.known, address)
    return result
  }

  /** What was typed as a login is kept nowhere: people type passwords into the wrong field. */
  async #tellRefused(reason: Refused, account: Account | null, address: string): Promise<void> {
    const about = account ? { basetype: 'user', objectId: account.id } : {}
    const from = address === '' ? {} : { remoteAddr: address }
    await this.#events.write({ events: [{ type: 'USER_LOGIN_FAILED', ...about, ...from, info: { reason } }], actor: null })
  }

  /** Whether this is the password of the account; guesses count as failed sign-ins. */
  async confirms(account: Account, password: string, address: string): Promise<boolean> {
    return this.#throttle.attempt(account.login ?? `#${account.id}`, address, async () => (await this.#matches(account, password)) !== null)
  }

  /** The account, with the hash that is stored from now on, or null when this is not its password. */
  async #matches(account: Account | null, password: string): Promise<Account | null> {
    const stored = account && PASSWORD_TYPES.includes(account.type) ? account.passwordHash : null
    const right = await this.#passwords.verify(password, stored)
    if (!right || !account) return null
    if (stored === null || !this.#passwords.outdated(stored)) return account
    const passwordHash = await this.#passwords.hash(password)
    await this.#accounts.replaceHash(account.id, stored, passwordHash)
    return { ...account, passwordHash }
  }

  async #admit(account: Account, address: string): Promise<SignInResult> {
    const refused =
      closedGate(account, this.#clock()) ??
      gateOfGroups(account, address) ??
      (account.data['require_password_change'] === true ? 'passwordChange' : null)
    if (refused !== null) return { refused }
    await this.#accounts.seen(account.id, this.#clock())
    return { account }
  }
}

/** A group can demand a second factor or certain networks of its members. `root` must always be able to repair things. */
function gateOfGroups(account: Account, address: string): Refused | null {
  if (isSystemRoot(account)) return null
  for (const { data } of account.groups) {
    if (data['_two_fa_required'] === true) return 'secondFactor'
    const networks = data['_ip_subnet_filter']
    if (!Array.isArray(networks) || networks.length === 0) continue
    if (within(address, networks.map(String)) === (data['_ip_subnet_filter_exclude'] === true)) return 'network'
  }
  return null
}

/** A network in CIDR notation, or undefined when it is none. */
export function subnetOf(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address, length] = text.split('/') as [string, string | undefined]
  const version = isIP(address)
  const longest = version === 4 ? 32 : 128
  const prefix = length === undefined ? longest : /^\d{1,3}$/.test(length) ? Number(length) : -1
  if (version === 0 || prefix < 0 || prefix > longest) return undefined
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

function within(address: string, networks: readonly string[]): boolean {
  const list = new BlockList()
  for (const network of networks) {
    const subnet = subnetOf(network)
    if (subnet) list.addSubnet(subnet.address, subnet.prefix, subnet.family)
  }
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  const version = isIP(plain)
  return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6')
}
