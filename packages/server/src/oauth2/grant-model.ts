/**
 * What the OAuth2 library asks of us, for one request: it knows the order of the protocol, we know clients, people and
 * tokens. Expiry is judged by our store and our clock. A refresh token is used up in the same transaction that stores its
 * successors, so a request that fails half-way costs nobody the sign-in.
 */
import OAuth2Server from '@node-oauth/oauth2-server'
import type { AccountStore } from '@vitrine/domain/sign-in/account-store'
import type { Account } from '@vitrine/domain/people/account'
import { GUEST_REFERENCE } from '@vitrine/domain/people/system-people'
import type { Refused, SignIn } from '@vitrine/domain/sign-in/sign-in'
import { SCOPES, type Issued, type Redeemable, type Tokens } from '@vitrine/domain/sign-in/tokens'
import { redirectUrisOf, type OAuthClient, type OAuthClients } from './clients.ts'

export interface GrantPorts {
  readonly clients: OAuthClients
  readonly accounts: AccountStore
  readonly signIn: SignIn
  readonly tokens: Tokens
  readonly guestLogin: boolean
}

export interface GrantRequest {
  readonly base: string
  readonly address: string
  readonly purpose: 'token' | 'authorize'
  readonly nonce?: string | undefined
}

export interface Granted {
  readonly issued: Issued
  readonly account: Account
  readonly client: OAuthClient
  readonly scope: readonly string[]
  readonly nonce: string | undefined
}

type LibraryClient = OAuth2Server.Client & { readonly known: OAuthClient }
type LibraryUser = { readonly account: Account }
type LibraryModel = OAuth2Server.AuthorizationCodeModel &
  OAuth2Server.PasswordModel &
  OAuth2Server.RefreshTokenModel &
  OAuth2Server.ClientCredentialsModel

const { InvalidGrantError, InvalidClientError } = OAuth2Server
const DEFAULT_SCOPE = ['read', 'write']

const REFUSED: Readonly<Record<Refused, string>> = {
  credentials: 'the login or the password is wrong',
  archived: 'the account is archived',
  disabled: 'the account is disabled',
  notYetValid: 'the account cannot be used yet',
  noLongerValid: 'the account cannot be used any more',
  passwordChange: 'a new password has to be chosen first',
  secondFactor: 'the account needs a second factor',
  network: 'the account cannot be used from this network',
}

export class GrantModel implements LibraryModel {
  readonly #ports: GrantPorts
  readonly #request: GrantRequest
  #from: Redeemable | undefined
  granted: Granted | undefined

  constructor(ports: GrantPorts, request: GrantRequest) {
    this.#ports = ports
    this.#request = request
  }

  async getClient(id: string, secret: string | null): Promise<LibraryClient | false> {
    const { clients, guestLogin } = this.#ports
    const known = this.#request.purpose === 'authorize' ? clients.find(id) : await clients.authenticate(id, secret ?? undefined)
    if (!known) return false
    const grants = ['authorization_code', 'password', 'refresh_token', ...(guestLogin ? ['client_credentials'] : [])]
    return { id: known.id, grants, redirectUris: redirectUrisOf(known, this.#request.base), known }
  }

  /** Name and password arrive encoded: the library refuses texts that mix letters with signs beyond the basic plane. */
  async getUser(login: string, password: string): Promise<LibraryUser> {
    const result = await this.#ports.signIn.withPassword({
      login: decodeURIComponent(login),
      password: decodeURIComponent(password),
      address: this.#request.address,
    })
    if (result.refused !== undefined) throw new InvalidGrantError(REFUSED[result.refused])
    return { account: result.account }
  }

  async getUserFromClient(): Promise<LibraryUser | false> {
    const account = this.#ports.guestLogin ? await this.#ports.accounts.byReference(GUEST_REFERENCE) : null
    return account ? { account } : false
  }

  async getRefreshToken(secret: string): Promise<OAuth2Server.RefreshToken | false> {
    const found = await this.#ports.tokens.redeemable('refresh', secret)
    if (!found) return false
    this.#from = found
    return { refreshToken: secret, scope: scopesOf(found), client: this.#clientOf(found), user: { account: found.account } }
  }

  /** Happens together with storing the successors. */
  revokeToken(): Promise<boolean> {
    return Promise.resolve(true)
  }

  async getAuthorizationCode(secret: string): Promise<OAuth2Server.AuthorizationCode | false> {
    const found = await this.#ports.tokens.redeemable('code', secret)
    if (!found) return false
    this.#from = found
    const { codeChallenge, redirectUri } = found.token.details as { codeChallenge: string; redirectUri?: string }
    return {
      authorizationCode: secret,
      expiresAt: found.token.expiresAt,
      redirectUri: redirectUri ?? '',
      scope: scopesOf(found),
      client: this.#clientOf(found),
      user: { account: found.account },
      codeChallenge,
      codeChallengeMethod: 'S256',
    }
  }

  revokeAuthorizationCode(): Promise<boolean> {
    return this.#from ? this.#ports.tokens.spend(this.#from) : Promise.resolve(false)
  }

  validateScope(_user: OAuth2Server.User, client: OAuth2Server.Client, scope: string[] | undefined): Promise<string[] | false> {
    const wanted = scope?.length ? [...new Set(scope)] : DEFAULT_SCOPE
    const allowed = (client as LibraryClient).known.scopes
    return Promise.resolve(wanted.every((name) => allowed.includes(name) && (SCOPES as readonly string[]).includes(name)) ? wanted : false)
  }

  async saveToken(token: OAuth2Server.Token, client: OAuth2Server.Client, user: OAuth2Server.User): Promise<OAuth2Server.Token> {
    const { account } = user as LibraryUser
    const { known } = client as LibraryClient
    const scope = token.scope ?? DEFAULT_SCOPE
    const issued = await this.#ports.tokens.issue({
      account,
      clientId: known.id,
      scope,
      refreshable: token.refreshToken !== undefined,
      from: this.#from,
      address: this.#request.address,
    })
    if (!issued) throw new InvalidGrantError('the grant has been used already, or the password was changed meanwhile')
    const nonce = this.#from?.token.details['nonce']
    this.granted = { issued, account, client: known, scope, nonce: typeof nonce === 'string' ? nonce : undefined }
    return { accessToken: issued.accessToken, scope, client, user }
  }

  async saveAuthorizationCode(
    code: Pick<OAuth2Server.AuthorizationCode, 'authorizationCode' | 'expiresAt' | 'redirectUri' | 'scope' | 'codeChallenge' | 'codeChallengeMethod'>,
    client: OAuth2Server.Client,
    user: OAuth2Server.User,
  ): Promise<OAuth2Server.AuthorizationCode> {
    const { account } = user as LibraryUser
    const details = {
      codeChallenge: code.codeChallenge,
      redirectUri: code.redirectUri,
      ...(this.#request.nonce === undefined ? {} : { nonce: this.#request.nonce }),
    }
    const issued = await this.#ports.tokens.issueCode({ account, clientId: client.id, scope: code.scope ?? DEFAULT_SCOPE, details })
    if (!issued) throw new InvalidGrantError('the password was changed meanwhile')
    return { ...code, authorizationCode: issued.code, expiresAt: issued.expiresAt, client, user }
  }

  /** Asked for by the library's types only: requests are authenticated by our own middleware. */
  getAccessToken(): Promise<false> {
    return Promise.resolve(false)
  }

  #clientOf(found: Redeemable): LibraryClient {
    const known = this.#ports.clients.find(found.token.clientId)
    if (!known) throw new InvalidClientError('the client is not registered any more')
    return { id: known.id, grants: [], known }
  }
}

const scopesOf = (found: Redeemable) => found.token.scope.split(' ').filter(Boolean)
