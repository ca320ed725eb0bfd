/**
 * Opens a client of postgres.js. A URL may also name a Unix socket, as other clients of PostgreSQL take it: by a folder as its
 * encoded host (`postgres://user@%2Frun%2Fpostgresql/db`) or in `?host=`. postgres.js itself knows neither.
 */
import postgres, { type Options, type Sql } from 'postgres'

export type Connection = string | Options<Record<string, never>>

export function connectTo(connection: Connection, settings: Options<Record<string, never>>): Sql {
  if (typeof connection !== 'string') return postgres({ ...connection, ...settings })
  const { url, socketFolder } = withoutSocket(connection)
  return postgres(url, socketFolder === undefined ? settings : { ...settings, host: socketFolder })
}

function withoutSocket(text: string): { url: string; socketFolder?: string } {
  const url = new URL(text)
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname)
  if (!host.startsWith('/')) return { url: text }
  url.searchParams.delete('host')
  url.hostname = 'localhost'
  return { url: url.href, socketFolder: host }
}
