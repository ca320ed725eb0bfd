/**
 * The folder of the database: where it is, how it is made, and what has to be cleared away before it can be served again.
 * A cluster is made beside its place and moved there whole, so that a half-made one is never seen.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Binaries } from './binaries.ts'
import { mayEnter, type Identity } from './privileges.ts'

export interface Secrets {
  readonly superuser: string
  readonly application: string
}

const ENVIRONMENT = { PATH: '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' }
const RELOCATED = '/var/lib/vitrine'
/** Since 17 PostgreSQL brings its own C.UTF-8, which no library update can reorder. */
const FIRST_WITH_BUILTIN_LOCALE = 17

/** The folder to use: the one asked for, unless the user of the database cannot get there. */
export function placeFor(asked: string, identity: Identity, note: (line: string) => void): string {
  const wanted = path.resolve(asked)
  mkdirSync(path.dirname(wanted), { recursive: true })
  if (mayEnter(path.dirname(wanted), identity)) return wanted
  const place = path.join(RELOCATED, digest(wanted))
  mkdirSync(RELOCATED, { recursive: true, mode: 0o755 })
  note(`the database is kept in ${place}, because its user cannot enter ${path.dirname(wanted)}`)
  return place
}

/** A short folder for the socket: its path may have 107 bytes at most, and a data folder can be deep. */
export function socketFolder(dir: string, identity: Identity): string {
  const folder = path.join(tmpdir(), `vitrine-${digest(`${dir} ${identity.uid ?? process.getuid?.()}`)}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(folder, identity.uid, identity.gid)
  const found = lstatSync(folder)
  // The folder is in a place where anybody may write: one that somebody else has put there is not trusted.
  if (!found.isDirectory() || found.uid !== (identity.uid ?? process.getuid?.()))
    throw new Error(`${folder} belongs to somebody else; remove it or set TMPDIR`)
  return folder
}

/** Passwords of the cluster; made before it, so that a crash between the two leaves nothing without its key. */
export function secretsFor(dir: string): Secrets {
  const file = `${dir}.secrets`
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets
  if (existsSync(path.join(dir, 'PG_VERSION'))) throw new Error(`${file} is missing: without it the database in ${dir} cannot be opened`)
  const secrets: Secrets = { superuser: randomBytes(24).toString('base64url'), application: randomBytes(24).toString('base64url') }
  writeFileSync(`${file}.new`, JSON.stringify(secrets), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return secrets
}

/** Makes the cluster unless it is there; refuses one of another major version. */
export function ensureCluster(dir: string, binaries: Binaries, identity: Identity, secrets: Secrets): void {
  const versionFile = path.join(dir, 'PG_VERSION')
  if (existsSync(versionFile)) {
    const found = readFileSync(versionFile, 'utf8').trim()
    if (found !== String(binaries.major))
      throw new Error(
        `the database in ${dir} was made by PostgreSQL ${found}, and this is PostgreSQL ${binaries.major}; export it with the version that made it, or run that version and set VITRINE_DATABASE_URL`,
      )
    return
  }
  for (const name of readdirSync(path.dirname(dir)))
    if (name.startsWith(`${path.basename(dir)}.init-`)) rmSync(path.join(path.dirname(dir), name), { recursive: true, force: true })
  if (existsSync(dir) && readdirSync(dir).length) throw new Error(`${dir} is not empty and holds no database`)
  rmSync(dir, { recursive: true, force: true })
  const draft = `${dir}.init-${process.pid}`
  initialize(draft, binaries, identity, secrets)
  renameSync(draft, dir)
  // The new files reach the disk in the background; until then only a first start of an empty database could be lost.
  spawn(binaries.initdb, ['--sync-only', '-D', dir], { ...identity, cwd: '/', stdio: 'ignore', detached: true }).unref()
}

function initialize(draft: string, { initdb, major }: Binaries, identity: Identity, secrets: Secrets): void {
  const passwordFile = `${draft}.password`
  mkdirSync(draft, { mode: 0o700 })
  writeFileSync(passwordFile, `${secrets.superuser}\n`, { mode: 0o600 })
  if (identity.uid !== undefined && identity.gid !== undefined) for (const file of [draft, passwordFile]) chownSync(file, identity.uid, identity.gid)
  const locale =
    major >= FIRST_WITH_BUILTIN_LOCALE
      ? ['--locale-provider=builtin', '--locale=C.UTF-8', '--lc-messages=C']
      : ['--locale=C.UTF-8', '--lc-messages=C']
  const flags = [
    '-D',
    draft,
    '-U',
    'postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    ...locale,
    '--data-checksums',
    '--no-sync',
  ]
  const { status, stderr, error } = spawnSync(initdb, flags, { ...identity, cwd: '/', encoding: 'utf8', env: ENVIRONMENT })
  rmSync(passwordFile, { force: true })
  if (status === 0) return
  rmSync(draft, { recursive: true, force: true })
  throw new Error(`the database could not be made: ${error?.message ?? stderr}`)
}

const MAX_LOG_BYTES = 10 * 1024 * 1024

/** Starts a new log file when the old one has grown; one old one is kept. */
export function logFile(dir: string): string {
  const file = `${dir}.log`
  if (existsSync(file) && statSync(file).size > MAX_LOG_BYTES) renameSync(file, `${file}.1`)
  return file
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)
