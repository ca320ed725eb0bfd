/**
 * The OAuth2 and OpenID Connect provider of one instance. The library keeps the order of the protocol; the rules about
 * people and tokens are the domain's. Tokens leave as answers only and are never logged.
 */
import OAuth2Server from '@node-oauth/oauth2-server'
import type { Schemas } from '@vitrine/contract/instance'
import { isDomainError } from '@vitrine/domain/errors'
import type { Account } from '@vitrine/domain/people/account'
import { GUEST_REFERENCE } from '@vitrine/domain/people/system-people'
import type { Clock } from '@vitrine/domain/ports/clock'
import { readAuthorization, RedirectedFailure, withQuery, type AuthorizationParameters, type AuthorizationRequest } from './authorization-request.ts'
import { ALL_CLAIMS, claimsOf, subjectOf, type Claims } from './claims.ts'
import type { OAuthClient } from './clients.ts'
import type { ClientCredentials } from './credentials.ts'
import { OAuthFailure } from './failure.ts'
import { GrantModel, type GrantPorts } from './grant-model.ts'
import type { IdTokens } from './id-tokens.ts'

export interface ProviderPorts extends GrantPorts {
  readonly idTokens: IdTokens
  readonly clock: Clock
  /** What userinfo may tell; everything by default. */
  readonly claims?: typeof ALL_CLAIMS
  /** Address of the instance for people, without a slash at the end; otherwise that of each request. */
  readonly externalUrl: string | null
}

/** Where a request came from. */
export interface Origin {
  /** Scheme and host the client has used. */
  readonly origin: string
  readonly address: string
}

export type SubmitResult = { readonly location: string } | { readonly request: AuthorizationRequest; readonly message: string | undefined }

const { Request, Response, OAuthError } = OAuth2Server
/** The library would refuse these for clients without a secret; whether one is needed is decided by our clients. */
const PUBLIC = { authorization_code: false, password: false, refresh_token: false, client_credentials: false }
const ANSWERED = ['easydb', 'auto']

export class OAuth2Provider {
  readonly #ports: ProviderPorts

  constructor(ports: ProviderPorts) {
    this.#ports = ports
  }

  base(origin: string): string {
    return (this.#ports.externalUrl ?? origin).replace(/\/+$/, '')
  }

  async token(form: Schemas['TokenForm'], credentials: ClientCredentials, origin: Origin): Promise<Schemas['TokenAnswer']> {
    const base = this.base(origin.origin)
    const model = new GrantModel(this.#ports, { base, address: origin.address, purpose: 'token' })
    const body = {
      ...form,
      client_id: credentials.id,
      client_secret: credentials.secret,
      username: encoded(form.username),
      password: encoded(form.password),
    }
    await this.#run(credentials, () => new OAuth2Server({ model, requireClientAuthentication: PUBLIC }).token(libraryRequest(body), new Response()))
    if (!model.granted) throw new Error('the grant ended without a token')
    const { issued, account, client, scope, nonce } = model.granted
    const statement = {
      issuer: base,
      subject: subjectOf(account),
      audience: client.id,
      signedInAt: issued.signedInAt,
      issuedAt: this.#ports.clock(),
      expiresIn: issued.expiresIn,
      nonce,
    }
    return {
      access_token: issued.accessToken,
      token_type: 'bearer',
      expires_in: issued.expiresIn,
      scope: scope.join(' '),
      ...(issued.refreshToken === undefined ? {} : { refresh_token: issued.refreshToken }),
      ...(scope.includes('openid') ? { id_token: await this.#ports.idTokens.sign(statement) } : {}),
    }
  }

  /** Judges a request to sign in, before anybody has said who they are. Throws OAuthFailure or RedirectedFailure. */
  authorization(parameters: AuthorizationParameters, origin: Origin): AuthorizationRequest {
    return readAuthorization(this.#ports.clients, parameters, this.base(origin.origin))
  }

  /** Signs in for a client: answers where the browser goes with the code, or the form once more with a message. */
  async submit(request: AuthorizationRequest, origin: Origin): Promise<SubmitResult> {
    const { parameters, redirectUri } = request
    const methods = (parameters.auth_method ?? 'auto').split(',')
    const account = methods.includes('anonymous') ? await this.#guest(request) : await this.#withPassword(request, methods, origin)
    if (typeof account === 'string') return { request, message: account === '' ? undefined : account }
    const model = new GrantModel(this.#ports, {
      base: this.base(origin.origin),
      address: origin.address,
      purpose: 'authorize',
      nonce: parameters.nonce,
    })
    const server = new OAuth2Server({ model, allowEmptyState: true, authenticateHandler: { handle: () => ({ account }) } })
    try {
      const code = await server.authorize(libraryRequest({ ...parameters, redirect_uri: redirectUri, password: undefined }), new Response())
      return { location: withQuery(redirectUri, { code: code.authorizationCode, state: parameters.state }) }
    } catch (error) {
      if (error instanceof OAuthError && error.name !== 'server_error')
        throw new RedirectedFailure(redirectUri, parameters.state, error.name, error.message)
      throw unwrapped(error)
    }
  }

  /** Always succeeds: whether a token was known is nobody's business. A confidential client's tokens are its own to end. */
  async revoke(token: string, credentials: ClientCredentials, address: string): Promise<void> {
    const client = credentials.id === undefined ? undefined : await this.#ports.clients.authenticate(credentials.id, credentials.secret)
    const allowed = ({ clientId }: { readonly clientId: string }) =>
      client ? client.id === clientId : credentials.id === undefined && this.#ports.clients.find(clientId)?.secretHash === null
    await this.#ports.tokens.revoke(token, allowed, address)
  }

  /** Public clients may ask about their own tokens, clients with a secret about all. */
  async introspect(token: string, credentials: ClientCredentials): Promise<Schemas['TokenState']> {
    const client = credentials.id === undefined ? undefined : await this.#ports.clients.authenticate(credentials.id, credentials.secret)
    if (!client) throw new OAuthFailure('invalid_client', 'the client is not known or has not proved who it is', 401)
    const found = await this.#ports.tokens.inspect(token)
    if (!found || !mayInspect(client, found.token.clientId)) return { active: false }
    return {
      active: true,
      scope: found.token.scope,
      client_id: found.token.clientId,
      sub: subjectOf(found.account),
      exp: Math.floor(found.token.expiresAt.getTime() / 1000),
      iat: Math.floor(found.token.createdAt.getTime() / 1000),
      token_type: found.token.kind === 'access' ? 'bearer' : 'refresh_token',
    }
  }

  async userinfo(userId: number): Promise<Claims | null> {
    const account = await this.#ports.accounts.byId(userId)
    return account && claimsOf(account, this.#ports.claims ?? ALL_CLAIMS)
  }

  async keys(): Promise<Schemas['JsonWebKeySet']> {
    return { keys: [await this.#ports.idTokens.publicKey()] }
  }

  discovery(origin: string): Schemas['OpenIdConfiguration'] {
    const base = this.base(origin)
    const { guestLogin, claims } = this.#ports
    return {
      issuer: base,
      authorization_endpoint: `${base}/api/oauth2/auth`,
      token_endpoint: `${base}/api/oauth2/token`,
      introspection_endpoint: `${base}/api/oauth2/introspect`,
      revocation_endpoint: `${base}/api/oauth2/revoke`,
      userinfo_endpoint: `${base}/api/oauth2/userinfo`,
      jwks_uri: `${base}/api/oauth2/jwks`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'password', 'refresh_token', ...(guestLogin ? ['client_credentials'] : [])],
      scopes_supported: ['read', 'write', 'openid', 'offline'],
      claims_supported: ['sub', ...(claims ?? ALL_CLAIMS)],
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: ['RS256'],
      subject_types_supported: ['public'],
    }
  }

  async #guest({ redirectUri, parameters }: AuthorizationRequest): Promise<Account> {
    const guest = this.#ports.guestLogin ? await this.#ports.accounts.byReference(GUEST_REFERENCE) : null
    if (!guest) throw new RedirectedFailure(redirectUri, parameters.state, 'access_denied', 'guests are not admitted')
    return guest
  }

  /** The account, or what to tell at the form; nothing when there are no credentials yet. */
  async #withPassword({ parameters, redirectUri }: AuthorizationRequest, methods: readonly string[], { address }: Origin): Promise<Account | string> {
    const { login, password } = parameters
    if (!methods.some((method) => ANSWERED.includes(method)))
      throw new RedirectedFailure(redirectUri, parameters.state, 'invalid_request', 'this way of signing in is not offered')
    if (login === undefined || password === undefined || login === '' || password === '') return ''
    try {
      const result = await this.#ports.signIn.withPassword({ login, password, address })
      return (
        result.account ?? (result.refused === 'credentials' ? 'The login or the password is wrong.' : 'The account cannot be used at the moment.')
      )
    } catch (error) {
      if (isDomainError(error) && error.code === 'TooManyRequests') return 'There were too many attempts. Please try again in a few minutes.'
      throw error
    }
  }

  async #run(credentials: ClientCredentials, run: () => Promise<unknown>): Promise<void> {
    try {
      await run()
    } catch (error) {
      if (!(error instanceof OAuthError) || error.name === 'server_error') throw unwrapped(error)
      const unproved = error.name === 'invalid_client' && credentials.basic
      throw new OAuthFailure(error.name, error.message, unproved ? 401 : 400)
    }
  }
}

const mayInspect = (client: OAuthClient, tokenClientId: string) => client.secretHash !== null || client.id === tokenClientId
const encoded = (text: string | undefined) => (text === undefined ? undefined : encodeURIComponent(text))

/** The library wraps what our model throws; what happened is inside. */
function unwrapped(error: unknown): unknown {
  const inner = error instanceof OAuthError ? (error as { inner?: unknown }).inner : undefined
  return inner ?? error
}

function libraryRequest(body: Readonly<Record<string, unknown>>): OAuth2Server.Request {
  const type = 'application/x-www-form-urlencoded'
  const length = '1'
  return new Request({
    method: 'POST',
    query: {},
    headers: { 'content-type': type, 'content-length': length },
    body: Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)),
  })
}
