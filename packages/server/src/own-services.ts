/** The addresses of what the server itself relies on, as the settings name them. */
import type { Settings } from './config.ts'

export interface OwnService {
  readonly host: string
  readonly port: number
}

/**
 * What belongs to the server and must not be reached through it. The instance API is no part of it: fetching an own address is
 * nothing strange.
 */
export function ownServices({ databaseUrl, searchUrl, smtpUrl }: Settings): OwnService[] {
  const ports: Readonly<Record<string, number>> = { 'postgres:': 5432, 'postgresql:': 5432, 'smtp:': 587, 'smtps:': 465, 'http:': 80, 'https:': 443 }
  return [databaseUrl, searchUrl, smtpUrl].flatMap((text): OwnService[] => {
    const url = text === null ? null : new URL(text)
    const host = url ? decodeURIComponent(url.hostname).replace(/^\[(.+)\]$/, '$1') : ''
    // A host that is a folder is a socket, which no URL leads to.
    return url && host !== '' && !host.startsWith('/') ? [{ host, port: Number(url.port) || (ports[url.protocol] ?? 0) }] : []
  })
}
