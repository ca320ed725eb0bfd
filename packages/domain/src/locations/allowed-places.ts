/**
 * Where an instance may keep its files. Whoever administers an instance names places, and must reach neither the files of the
 * machine nor services of the network behind it: folders lie below the server's own or one that the operator has named, and hosts
 * are those that anything may be fetched from.
 *
 * This is what can be told from the settings alone. Stores look again when they are opened: names may resolve to closed
 * addresses, and folders may be links that lead elsewhere.
 */
import path from 'node:path'
import type { BlobStoreSettings } from '../ports/blob-store.ts'
import { FetchFailure, type HttpFetch } from '../ports/http-fetch.ts'
import { unusable, type LocationKind } from './location.ts'
import { folderRefused } from './location-prefix.ts'

export interface AllowedPlacesOptions {
  /** Below which other folders than the server's own may lie; absolute. */
  readonly fileRoots: readonly string[]
  readonly http: Pick<HttpFetch, 'check'>
}

export class AllowedPlaces {
  readonly #options: AllowedPlacesOptions

  constructor(options: AllowedPlacesOptions) {
    this.#options = options
  }

  /** Fails with LocationConfigInvalid. */
  demand(settings: BlobStoreSettings): void {
    if (settings.kind === 'file') return this.#demandFolder(settings.dir)
    for (const url of addressesOf(settings)) {
      try {
        this.#options.http.check(url)
      } catch (error) {
        if (!(error instanceof FetchFailure)) throw error
        unusable(settings.kind, error.message)
      }
    }
  }

  #demandFolder(dir: string): void {
    const folders = dir.split('/').filter((folder) => folder !== '' && folder !== '.')
    const why = folders.map((folder) => (folder === '..' ? 'it leads upwards' : folderRefused(folder))).find((reason) => reason !== null)
    if (why) unusable('file', `the folder cannot be used: ${why}`)
    if (!path.isAbsolute(dir)) return
    const inside = this.#options.fileRoots.some((root) => isWithin(path.resolve(root), path.resolve(dir)))
    if (!inside) unusable('file', 'the folder lies in none of those that the operator of the server has opened')
  }
}

const isWithin = (root: string, folder: string): boolean => folder === root || folder.startsWith(root.endsWith('/') ? root : `${root}/`)

/** Where the store will be asked, without what is in the name of a bucket. Fails with LocationConfigInvalid. */
export function addressesOf(settings: Exclude<BlobStoreSettings, { kind: 'file' }>): string[] {
  switch (settings.kind) {
    case 's3':
      return [hostAddress('s3', 'endpoint', `${settings.ssl ? 'https' : 'http'}://${settings.endpoint}`)]
    case 'swift':
      return [address('swift', 'auth_url', settings.auth_url)]
    case 'azure':
      return 'connection_string' in settings
        ? [connectionAddress(settings.connection_string)]
        : [hostAddress('azure', 'account_name', `https://${settings.account_name}.blob.${settings.endpoint_suffix}`)]
  }
}

/** The part of a connection string that says where to connect to; the rest is secret or a detail. */
function connectionAddress(text: string): string {
  const parts = new Map(
    text.split(';').flatMap((part) => {
      const at = part.indexOf('=')
      return at > 0 ? [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const] : []
    }),
  )
  if (parts.has('usedevelopmentstorage')) return unusable('azure', 'a store for development has to be named by its BlobEndpoint')
  const endpoint = parts.get('blobendpoint')
  if (endpoint !== undefined) return address('azure', 'connection_string', endpoint)
  const account = parts.get('accountname') ?? unusable('azure', 'the connection string has neither a BlobEndpoint nor an AccountName')
  const [protocol, suffix] = [parts.get('defaultendpointsprotocol') ?? 'https', parts.get('endpointsuffix') ?? 'core.windows.net']
  return hostAddress('azure', 'connection_string', `${protocol}://${account}.blob.${suffix}`)
}

function address(kind: LocationKind, setting: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['http:', 'https:'].includes(url.protocol)) return unusable(kind, `${setting} is no address`)
  return url.username === '' && url.password === '' ? url.href : unusable(kind, `credentials do not belong into ${setting}`)
}

/** Nothing but a host and perhaps a port: a path in its place would be asked for, and not where it seems. */
function hostAddress(kind: LocationKind, setting: string, text: string): string {
  const host = text.slice(text.indexOf('://') + 3)
  return /[/?#\\@]/.test(host) ? unusable(kind, `${setting} has to be a host, with a port where it is needed`) : address(kind, setting, text)
}
