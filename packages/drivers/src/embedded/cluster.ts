/**
 * The folder of the database: how it is made, and what has to be cleared away before it can be made again.
 * A cluster is made beside its place and moved there whole, so that a half-made one is never seen.
 */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import type { Identity } from './privileges.ts'
import { naming } from './processes.ts'

const POLL_MS = 20
const DRAFT_PATIENCE_MS = 60_000

export interface Secrets {
  readonly superuser: string
  readonly application: string
}

const ENVIRONMENT = { PATH: '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' }
/** Since 17 PostgreSQL brings its own C.UTF-8, which no library update can reorder. */
const FIRST_WITH_BUILTIN_LOCALE = 17

/** Passwords of the cluster; made before it, so that a crash between the two leaves nothing without its key. */
export function secretsFor(dir: string): Secrets {
  const file = `${dir}.secrets`
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets
  if (existsSync(path.join(dir, 'PG_VERSION'))) throw new Error(`${file} is missing: without it the database in ${dir} cannot be opened`)
  const secrets: Secrets = { superuser: randomBytes(24).toString('base64url'), application: randomBytes(24).toString('base64url') }
  writeFileSync(`${file}.new`, JSON.stringify(secrets), { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
  return secrets
}

/** Makes the cluster unless it is there; refuses one of another major version. */
export async function ensureCluster(
  dir: string,
  binaries: Binaries,
  identity: Identity,
  secrets: Secrets,
  note: (line: string) => void,
): Promise<void> {
  const versionFile = path.join(dir, 'PG_VERSION')
  if (existsSync(versionFile)) {
    const found = readFileSync(versionFile, 'utf8').trim()
    if (found !== String(binaries.major))
      throw new Error(
        `the database in ${dir} was made by PostgreSQL ${found}, and this is PostgreSQL ${binaries.major}; export it with the version that made it, or run that version and set VITRINE_DATABASE_URL`,
      )
    return
  }
  await clearDrafts(dir)
  if (existsSync(dir) && readdirSync(dir).length) throw new Error(`${dir} is not empty and holds no database`)
  rmSync(dir, { recursive: true, force: true })
  const draft = `${dir}.init-${process.pid}`
  initialize(draft, binaries, identity, secrets)
  renameSync(draft, dir)
  // The new files reach the disk in the background; until then only a first start of an empty database could be lost.
  const sync = spawn(binaries.initdb, ['--sync-only', '-D', dir], { ...identity, cwd: '/', stdio: 'ignore', detached: true, env: ENVIRONMENT })
  sync.once('error', (error) => note(`the files of the new database were not flushed to the disk: ${error.message}`))
  sync.unref()
}

/**
 * Removes what killed servers have left half made. The program that makes a cluster outlives the server that started it, so
 * its end is waited for: it would go on writing what is being removed.
 */
async function clearDrafts(dir: string): Promise<void> {
  const [parent, prefix] = [path.dirname(dir), `${path.basename(dir)}.init-`]
  const left = () => readdirSync(parent).filter((name) => name.startsWith(prefix))
  for (const deadline = Date.now() + DRAFT_PATIENCE_MS; left().length || naming(path.join(parent, prefix)).length; await pause(POLL_MS)) {
    if (Date.now() > deadline) throw new Error(`another program is still making a database in ${parent}; see the folders ${prefix}*`)
    for (const name of left()) removeFolder(path.join(parent, name))
  }
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    // Something was written into it while it was being emptied: the next round sees to it.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
  }
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
