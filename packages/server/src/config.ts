/**
 * The settings: one table with names, defaults and meaning. They are read once at start, from `vitrine.yml` and over it the
 * environment; all problems are told at once, by name. Everything else in the program gets plain values as arguments.
 */
import { parseBlockedHosts, parseOpenHosts } from '@vitrine/domain/fetch/blocked-hosts'
import path from 'node:path'
import { parse } from 'yaml'

export interface Settings {
  readonly dataDir: string
  readonly databaseUrl: string | null
  readonly host: string
  readonly port: number
  readonly adminHost: string
  readonly adminPort: number
  readonly adminPassphrase: string | null
  readonly rootPassword: string | null
  readonly encryptionKey: string | null
  readonly externalUrl: string | null
  readonly defaultInstance: string
  readonly blockedHosts: readonly string[] | null
  readonly openHosts: readonly string[]
  readonly fileRoots: readonly string[]
  readonly searchUrl: string | null
  readonly logLevel: string
  readonly maxBodyBytes: number
  readonly requestTimeoutMs: number
  readonly uploadGraceMs: number
  readonly shutdownTimeoutMs: number
  readonly maxConnections: number
  readonly guestLogin: boolean
  readonly worker: boolean
  readonly smtpUrl: string | null
  readonly mailFrom: string | null
}

interface Setting<T> {
  /** Dotted path in vitrine.yml. */
  readonly key: string
  readonly env: string
  readonly fallback: T
  readonly about: string
  /** Answers the value, or throws a sentence that says what is wrong with it. */
  readonly read: (text: string) => T
}
type Table = { readonly [K in keyof Settings]: Setting<Settings[K]> }

const text = (s: string) => s
const whole = (lowest: number, highest: number) => (s: string) => {
  const n = Number(s)
  if (!Number.isInteger(n) || n < lowest || n > highest) throw new Error(`has to be a whole number from ${lowest} to ${highest}`)
  return n
}
const oneOf =
  (...values: string[]) =>
  (s: string) => {
    if (!values.includes(s)) throw new Error(`has to be one of ${values.join(', ')}`)
    return s
  }
const url =
  (...protocols: string[]) =>
  (s: string) => {
    if (!URL.canParse(s) || !protocols.includes(new URL(s).protocol))
      throw new Error(`has to be a URL beginning with ${protocols.map((p) => `${p}//`).join(' or ')}`)
    return s
  }
const flag = (s: string) => {
  if (!['true', 'false'].includes(s)) throw new Error('has to be true or false')
  return s === 'true'
}
const longText = (least: number) => (s: string) => {
  if (s.length < least) throw new Error(`needs at least ${least} characters`)
  return s
}
/** Texts with commas between, or a JSON array of them. `[]` says that a list is empty; an empty variable is one that is not set. */
const list = (s: string): string[] => {
  const parts = /^\s*\[\s*("|\])/.test(s) ? (JSON.parse(s) as unknown[]).map(String) : s.split(',')
  return parts.map((part) => part.trim()).filter(Boolean)
}
const folders = (s: string): string[] => {
  const entries = list(s)
  const wrong = entries.find((entry) => !path.isAbsolute(entry))
  if (wrong !== undefined) throw new Error(`has to be a list of absolute paths, and ${wrong} is none`)
  return entries.map((entry) => path.resolve(entry))
}
/** A list whose entries can all be read. */
const places = (check: (entries: readonly string[]) => unknown) => (s: string) => {
  const entries = list(s)
  check(entries)
  return entries
}

export const TABLE: Table = {
  dataDir: {
    key: 'data_dir',
    env: 'VITRINE_DATA_DIR',
    fallback: './data',
    about: 'Folder for the embedded database and for secrets made on first start.',
    read: text,
  },
  databaseUrl: {
    key: 'database.url',
    env: 'VITRINE_DATABASE_URL',
    fallback: null,
    about: 'PostgreSQL 15 or newer; without it the embedded database is started.',
    read: url('postgres:', 'postgresql:'),
  },
  host: { key: 'host', env: 'VITRINE_HOST', fallback: '127.0.0.1', about: 'Address of the instance API.', read: text },
  port: { key: 'port', env: 'VITRINE_PORT', fallback: 8080, about: 'Port of the instance API; 0 means any free one.', read: whole(0, 65_535) },
  adminHost: { key: 'admin.host', env: 'VITRINE_ADMIN_HOST', fallback: '127.0.0.1', about: 'Address of the administration API.', read: text },
  adminPort: {
    key: 'admin.port',
    env: 'VITRINE_ADMIN_PORT',
    fallback: 6060,
    about: 'Port of the administration API; 0 means any free one.',
    read: whole(0, 65_535),
  },
  adminPassphrase: {
    key: 'admin.passphrase',
    env: 'VITRINE_ADMIN_PASSPHRASE',
    fallback: null,
    about: 'Passphrase of the administration API; otherwise made on first start and kept in the data folder.',
    read: longText(8),
  },
  rootPassword: {
    key: 'root_password',
    env: 'VITRINE_ROOT_PASSWORD',
    fallback: null,
    about: 'Password of `root` in the default instance on first start; otherwise made, printed once and kept in the data folder.',
    read: longText(8),
  },
  encryptionKey: {
    key: 'encryption_key',
    env: 'VITRINE_ENCRYPTION_KEY',
    fallback: null,
    about: 'Encrypts secrets at rest; servers that share a database need the same one. Otherwise made and kept in the data folder.',
    read: longText(32),
  },
  externalUrl: {
    key: 'external_url',
    env: 'VITRINE_EXTERNAL_URL',
    fallback: null,
    about: 'Address under which people reach the default instance; used in discovery and links.',
    read: url('http:', 'https:'),
  },
  defaultInstance: {
    key: 'default_instance',
    env: 'VITRINE_DEFAULT_INSTANCE',
    fallback: 'default',
    about: 'Instance that answers hosts no instance claims; empty turns that off.',
    read: text,
  },
  blockedHosts: {
    key: 'blocked_hosts',
    env: 'VITRINE_BLOCKED_HOSTS',
    fallback: null,
    about: 'Replaces the built-in list of networks the server never fetches from; comma separated, [] for none.',
    read: places(parseBlockedHosts),
  },
  openHosts: {
    key: 'open_hosts',
    env: 'VITRINE_OPEN_HOSTS',
    fallback: [],
    about: 'Places the server fetches from although their network is blocked: host:port, comma separated.',
    read: places(parseOpenHosts),
  },
  fileRoots: {
    key: 'file_roots',
    env: 'VITRINE_FILE_ROOTS',
    fallback: [],
    about: 'Folders in which instances may keep files besides the folder files of the data folder; absolute paths, comma separated.',
    read: folders,
  },
  searchUrl: {
    key: 'search.url',
    env: 'VITRINE_SEARCH_URL',
    fallback: null,
    about: 'Address of a Meilisearch server; without it PostgreSQL searches.',
    read: url('http:', 'https:'),
  },
  logLevel: {
    key: 'log_level',
    env: 'VITRINE_LOG_LEVEL',
    fallback: 'info',
    about: 'trace, debug, info, warn, error, fatal or silent.',
    read: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  },
  maxBodyBytes: {
    key: 'limits.body_bytes',
    env: 'VITRINE_MAX_BODY_BYTES',
    fallback: 64 * 1024 * 1024,
    about: 'Largest request body in bytes.',
    read: whole(1024, 2 ** 31),
  },
  uploadGraceMs: {
    key: 'limits.upload_grace_ms',
    env: 'VITRINE_UPLOAD_GRACE_MS',
    fallback: 3_600_000,
    about: 'How long bytes are kept that have come for a file which was never finished, because a server died or its database was away.',
    read: whole(2000, 604_800_000),
  },
  requestTimeoutMs: {
    key: 'limits.request_ms',
    env: 'VITRINE_REQUEST_TIMEOUT_MS',
    fallback: 120_000,
    about: 'Longest time a request may take to arrive, and a statement in the database to run.',
    read: whole(100, 3_600_000),
  },
  shutdownTimeoutMs: {
    key: 'limits.shutdown_ms',
    env: 'VITRINE_SHUTDOWN_TIMEOUT_MS',
    fallback: 20_000,
    about: 'How long running requests may still take when the server is asked to stop.',
    read: whole(0, 600_000),
  },
  maxConnections: {
    key: 'database.connections',
    env: 'VITRINE_DATABASE_CONNECTIONS',
    fallback: 16,
    about:
      'Database connections for records; two more serve the rest, four the queue of background work, and up to four the making and removing of instances.',
    read: whole(2, 500),
  },
  guestLogin: {
    key: 'guest_login',
    env: 'VITRINE_GUEST_LOGIN',
    fallback: false,
    about: 'Whether clients may get tokens for the anonymous user.',
    read: flag,
  },
  worker: {
    key: 'worker',
    env: 'VITRINE_WORKER',
    fallback: true,
    about: 'Whether this server works in the background, too: webhooks, mails and the like. One server that does is needed.',
    read: flag,
  },
  smtpUrl: {
    key: 'mail.smtp_url',
    env: 'VITRINE_SMTP_URL',
    fallback: null,
    about: 'Mail server as smtp://user:password@host:port or smtps://...; without it mails are not sent.',
    read: url('smtp:', 'smtps:'),
  },
  mailFrom: {
    key: 'mail.from',
    env: 'VITRINE_MAIL_FROM',
    fallback: null,
    about: 'Sender of mails, such as Museum <noreply@example.org>; needed with a mail server.',
    read: text,
  },
}

export class SettingsError extends Error {}

/** Reads the settings from the text of a YAML file, if there is one, and the environment over it. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>, file: string | null): Settings {
  const problems: string[] = []
  const fromFile = new Map<string, string>()
  if (file !== null) {
    try {
      flatten(parse(file), '', fromFile)
    } catch (error) {
      problems.push(`vitrine.yml: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const known = new Set(Object.values(TABLE).map((s) => s.key))
  for (const key of fromFile.keys()) if (!known.has(key)) problems.push(`vitrine.yml: ${key} is not a setting`)
  const names = new Set(Object.values(TABLE).map((s) => s.env))
  for (const name of Object.keys(environment))
    if (/^VITRINE_(?!TEST_|BENCH_|DEMO_)/.test(name) && !names.has(name)) problems.push(`${name} is not a setting`)

  const settings: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(TABLE) as [keyof Settings, Setting<unknown>][]) {
    // An empty variable means "not set", except where empty is a value of its own.
    const sent = environment[setting.env]
    const source = sent !== undefined && (sent !== '' || name === 'defaultInstance') ? setting.env : `vitrine.yml: ${setting.key}`
    const value = source === setting.env ? sent : fromFile.get(setting.key)
    settings[name] = setting.fallback
    if (value === undefined) continue
    try {
      settings[name] = setting.read(value)
    } catch (error) {
      problems.push(`${source} ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (settings['smtpUrl'] !== null && settings['mailFrom'] === null) problems.push('VITRINE_MAIL_FROM is needed where VITRINE_SMTP_URL is set')
  if (problems.length) throw new SettingsError(`The settings cannot be used:\n${problems.map((p) => `  - ${p}`).join('\n')}`)
  return settings as unknown as Settings
}

function flatten(node: unknown, prefix: string, out: Map<string, string>): void {
  if (node === null || node === undefined) return
  if (Array.isArray(node)) out.set(prefix, node.map(String).join(','))
  else if (typeof node === 'object') for (const [key, value] of Object.entries(node)) flatten(value, prefix ? `${prefix}.${key}` : key, out)
  else if (prefix === '') throw new Error('the file has to hold names with values')
  else out.set(prefix, String(node))
}

/** The sample file: every setting with its meaning and default. */
export function sampleFile(): string {
  const lines: string[] = []
  let section = ''
  for (const setting of Object.values(TABLE).toSorted(
    (a, b) => Number(a.key.includes('.')) - Number(b.key.includes('.')) || a.key.localeCompare(b.key),
  )) {
    const [head, tail] = setting.key.split('.') as [string, string | undefined]
    if (tail !== undefined && head !== section) lines.push(`${(section = head)}:`)
    const indent = tail === undefined ? '' : '  '
    const value = Array.isArray(setting.fallback) ? JSON.stringify(setting.fallback) : (setting.fallback ?? '')
    lines.push(`${indent}# ${setting.about} (${setting.env})`, `${indent}# ${tail ?? head}: ${String(value)}`.trimEnd())
  }
  return `${lines.join('\n')}\n`
}
