/** Everything about people in one instance, built from its stores. */
import type { Datamodels } from '@vitrine/domain/datamodel/datamodels'
import type { AccountStore } from '@vitrine/domain/sign-in/account-store'
import type { FailureStore } from '@vitrine/domain/sign-in/failure-store'
import type { TokenStore } from '@vitrine/domain/sign-in/token-store'
import type { EventWriter } from '@vitrine/domain/events/new-event'
import { Groups } from '@vitrine/domain/people/groups'
import type { Principals } from '@vitrine/domain/people/principals'
import { Rights, type RightPresetStore } from '@vitrine/domain/people/right-presets'
import { Sessions, type SessionStore } from '@vitrine/domain/people/sessions'
import type { GroupStore, UserStore } from '@vitrine/domain/people/user-store'
import { Users } from '@vitrine/domain/people/users'
import type { Clock } from '@vitrine/domain/ports/clock'
import type { Counters } from '@vitrine/domain/ports/counters'
import type { Passwords } from '@vitrine/domain/ports/passwords'
import type { SecretBox } from '@vitrine/domain/ports/secret-box'
import type { SettingStore } from '@vitrine/domain/ports/settings'
import { SignIn } from '@vitrine/domain/sign-in/sign-in'
import { DEFAULT_LIMITS, Throttle, type ThrottleLimits } from '@vitrine/domain/sign-in/throttle'
import { DEFAULT_LIFETIMES, Tokens, type Lifetimes } from '@vitrine/domain/sign-in/tokens'
import { OAuthClients, type OAuthClient } from '../oauth2/clients.ts'
import { IdTokens } from '../oauth2/id-tokens.ts'
import { OAuth2Provider } from '../oauth2/provider.ts'

export interface PeoplePorts {
  readonly instanceId: string
  readonly accounts: AccountStore & SessionStore
  readonly failures: FailureStore
  readonly tokens: TokenStore
  readonly users: UserStore
  readonly groups: GroupStore
  readonly rightPresets: RightPresetStore
  readonly datamodels: Datamodels
  readonly principals: Principals
  readonly settings: SettingStore
  readonly counters: Counters
  readonly passwords: Passwords
  readonly secretBox: SecretBox
  readonly clock: Clock
  readonly events: EventWriter
}

export interface PeopleOptions {
  readonly guestLogin: boolean
  readonly externalUrl: string | null
  readonly clients?: readonly OAuthClient[]
  readonly limits?: ThrottleLimits
  readonly lifetimes?: Lifetimes
}

export interface People {
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly tokens: Tokens
  readonly oauth2: OAuth2Provider
  readonly users: Users
  readonly groups: Groups
  readonly rights: Rights
}

export function peopleOf(ports: PeoplePorts, options: PeopleOptions): People {
  const { accounts, passwords, clock, counters, datamodels, principals } = ports
  const throttle = new Throttle(ports.failures, clock, options.limits ?? DEFAULT_LIMITS)
  const signIn = new SignIn({ accounts, passwords, throttle, clock, events: ports.events })
  const tokens = new Tokens({ store: ports.tokens, accounts, clock }, options.lifetimes ?? DEFAULT_LIFETIMES)
  const oauth2 = new OAuth2Provider({
    accounts,
    signIn,
    tokens,
    clock,
    clients: new OAuthClients(passwords, options.clients),
    idTokens: new IdTokens(ports.settings, ports.secretBox, ports.instanceId),
    guestLogin: options.guestLogin,
    externalUrl: options.externalUrl,
  })
  return {
    sessions: new Sessions(accounts, clock),
    signIn,
    tokens,
    oauth2,
    users: new Users({ users: ports.users, principals, groups: ports.groups, accounts, counters, passwords, signIn, tokens, clock, datamodels }),
    groups: new Groups({ groups: ports.groups, principals, counters, clock, datamodels }),
    rights: new Rights(ports.rightPresets, counters, { clock, datamodels }),
  }
}
