/**
 * How one gets into Swift: with version 1 of its own protocol (`…/auth/v1.0`, user `account:user`) or with a password at Keystone
 * (`…/v3`, user `project:user`). What Keystone asks besides stands in the query of the address: `domain`, or `user_domain` and
 * `project_domain`, by name ("Default" if absent), `project` if it is not before the user's name, and `region` where there are several.
 */
import { BlobFailure, type BlobStoreSettings } from '@vitrine/domain/ports/blob-store'
import { statusFailure, type Call } from './http.ts'

export type SwiftSettings = Extract<BlobStoreSettings, { readonly kind: 'swift' }>

export interface SwiftAccess {
  /** Of the account, without a slash at its end. */
  readonly storageUrl: URL
  readonly token: string
}

export interface SmallAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Sends a request whose answer is small, whatever its status. */
export type Send = (call: Call) => Promise<SmallAnswer>

export async function signIn(settings: SwiftSettings, send: Send): Promise<SwiftAccess> {
  const url = webAddress(settings.auth_url)
  if (/\/v3\/?$/.test(url.pathname)) return atKeystone(url, settings, send)
  if (/\/v1(\.0)?\/?$/.test(url.pathname)) return atVersion1(url, settings, send)
  throw new BlobFailure('misconfigured', 'the address to sign in at ends neither with v1.0 nor with v3')
}

export const callTo = (url: URL): Pick<Call, 'secure' | 'hostname' | 'port'> => ({
  secure: url.protocol === 'https:',
  hostname: url.hostname,
  port: Number(url.port),
})

async function atVersion1(url: URL, { username, password }: SwiftSettings, send: Send): Promise<SwiftAccess> {
  const headers = { 'X-Auth-User': username, 'X-Auth-Key': password }
  const answer = await send({ ...callTo(url), method: 'GET', path: url.pathname + url.search, headers })
  accepted(answer)
  return accessOf(answer.headers['x-auth-token'], answer.headers['x-storage-url'])
}

async function atKeystone(url: URL, settings: SwiftSettings, send: Send): Promise<SwiftAccess> {
  const body = JSON.stringify(passwordRequest(url.searchParams, settings))
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json', 'Content-Length': Buffer.byteLength(body) }
  const path = `${url.pathname.replace(/\/$/, '')}/auth/tokens`
  const answer = await send({ ...callTo(url), method: 'POST', path, headers, body })
  accepted(answer)
  return accessOf(answer.headers['x-subject-token'], objectStoreIn(answer.text, url.searchParams.get('region')))
}

function passwordRequest(query: URLSearchParams, { username, password }: SwiftSettings): unknown {
  const domain = query.get('domain') ?? 'Default'
  const split = query.has('project') ? -1 : username.indexOf(':')
  const project = query.get('project') ?? username.slice(0, Math.max(split, 0))
  if (!project) throw new BlobFailure('misconfigured', 'the user for Keystone is written as project:user')
  const user = { name: username.slice(split + 1), domain: { name: query.get('user_domain') ?? domain }, password }
  const scope = { project: { name: project, domain: { name: query.get('project_domain') ?? domain } } }
  return { auth: { identity: { methods: ['password'], password: { user } }, scope } }
}

interface Catalog {
  readonly token?: {
    readonly catalog?: readonly {
      readonly type?: string
      readonly endpoints?: readonly { readonly interface?: string; readonly region?: string; readonly region_id?: string; readonly url?: string }[]
    }[]
  }
}

function objectStoreIn(text: string, region: string | null): string | undefined {
  const services = parsed<Catalog>(text).token?.catalog ?? []
  return services
    .filter(({ type }) => type === 'object-store')
    .flatMap(({ endpoints = [] }) => endpoints)
    .find((endpoint) => endpoint.interface === 'public' && (region === null || [endpoint.region, endpoint.region_id].includes(region)))?.url
}

function accepted({ status }: SmallAnswer): void {
  if (status >= 200 && status < 300) return
  // An address where nobody signs in is a wrong one, not a missing object.
  throw status === 404 ? new BlobFailure('misconfigured', 'nobody can sign in at this address') : statusFailure(status, 'signing in')
}

function accessOf(token: string | string[] | undefined, storageUrl: string | string[] | undefined): SwiftAccess {
  if (typeof token !== 'string' || typeof storageUrl !== 'string')
    throw new BlobFailure('misconfigured', 'whoever has signed in is not told where the objects are')
  return { storageUrl: webAddress(storageUrl.replace(/\/$/, '')), token }
}

function webAddress(text: string): URL {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw new BlobFailure('misconfigured', 'this is no address to sign in at')
  return url
}

/** JSON that a store has answered. */
export function parsed<T>(text: string): T {
  try {
    return JSON.parse(text) as T
  } catch (error) {
    throw new BlobFailure('unavailable', 'the store answers what cannot be read', error)
  }
}
