/** The addresses of what the server itself relies on, as the settings name them. */
import type { Settings } from './config.ts'

export interface OwnService {
  readonly host: string
  readonly port: number
}

const PORTS: Readonly<Record<string, number>> = {
  'postgres:': 5432,
  'postgresql:': 5432,
  'smtp:': 587,
  'smtps:': 465,
  'http:': 80,
  'https:': 443,
}

/**
 * What belongs to the server and must not be reached through it. The instance API is no part of it: fetching an own address is
 * nothing strange. The administration API comes to it once it listens, because only then its port is known.
 */
export function ownServices({ databaseUrl, searchUrl, smtpUrl }: Pick<Settings, 'databaseUrl' | 'searchUrl' | 'smtpUrl'>): OwnService[] {
  return [databaseUrl, searchUrl, smtpUrl].flatMap((text) => {
    if (text === null) return []
    const url = new URL(text)
    const port = Number(url.port) || (PORTS[url.protocol] ?? 0)
    // Several database servers may be named, and none means the one on this machine.
    const hosts = decodeURIComponent(url.hostname).split(',').map(nameOf)
    // A host that is a folder is a socket, which no URL leads to.
    return hosts.filter((host) => !host.startsWith('/')).map((host): OwnService => ({ host, port }))
  })
}

const nameOf = (host: string) => (host === '' ? 'localhost' : host.replace(/^\[(.+)\]$/, '$1'))
