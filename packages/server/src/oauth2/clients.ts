/**
 * The programs that may sign people in. Public clients run where a secret cannot be kept and have none; what protects their
 * codes is PKCE and the exact match of the address to return to. Others come from the configuration with the hash of a secret.
 */
import type { Passwords } from '@vitrine/domain/ports/passwords'
import { SCOPES } from '@vitrine/domain/sign-in/tokens'

export interface OAuthClient {
  readonly id: string
  /** Addresses to return to; one that begins with a slash belongs to the instance itself. */
  readonly redirectUris: readonly string[]
  /** argon2id hash of the secret, or null for a public client. */
  readonly secretHash: string | null
  readonly scopes: readonly string[]
}

const publicClient = (id: string, ...redirectUris: string[]): OAuthClient => ({ id, redirectUris, secretHash: null, scopes: SCOPES })

/** The last two are the names under which existing programs know the first two. */
export const BUILT_IN_CLIENTS: readonly OAuthClient[] = [
  publicClient('vitrine-web', '/oauth2/callback'),
  publicClient('vitrine-cli', 'http://127.0.0.1:8976/callback'),
  publicClient('fylr-web-frontend', '/oauth2/callback'),
  publicClient('fylr-mobile-app', '/oauth2/callback'),
]

export class OAuthClients {
  readonly #clients: ReadonlyMap<string, OAuthClient>
  readonly #passwords: Passwords

  constructor(passwords: Passwords, configured: readonly OAuthClient[] = []) {
    this.#passwords = passwords
    this.#clients = new Map([...BUILT_IN_CLIENTS, ...configured].map((client) => [client.id, client]))
  }

  find(id: string): OAuthClient | undefined {
    return this.#clients.get(id)
  }

  /** The client, if it proves who it is. A public client proves nothing and must not send a secret. */
  async authenticate(id: string, secret: string | undefined): Promise<OAuthClient | undefined> {
    const client = this.#clients.get(id)
    // Which clients there are is no secret, so an unknown one is not worth a slow hash that anybody could ask for.
    if (!client) return undefined
    const sent = secret !== undefined && secret !== ''
    if (client.secretHash === null) return sent ? undefined : client
    return sent && (await this.#passwords.verify(secret, client.secretHash)) ? client : undefined
  }
}

/** The registered addresses of a client, complete. */
export const redirectUrisOf = (client: OAuthClient, base: string): string[] =>
  client.redirectUris.map((uri) => (uri.startsWith('/') ? `${base}${uri}` : uri))
