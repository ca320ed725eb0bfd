/**
 * Starts, adopts and stops the embedded PostgreSQL of a data folder.
 *
 * Any number of servers may share one: the first starts it, the others adopt it, the last to leave stops it. A killed server
 * leaves it running, and the next one adopts it. The server itself works as a role that is no superuser, so that row-level
 * security binds it.
 */
import path from 'node:path'
import postgres from 'postgres'
import { findBinaries } from './binaries.ts'
import { ensureCluster, secretsFor, type Secrets } from './cluster.ts'
import { alone, Register } from './lock.ts'
import { placeFor, socketFolder } from './place.ts'
import { PORT, runningPostmaster, startPostmaster, stopPostmaster, type Postmaster } from './postmaster.ts'

export interface EmbeddedOptions {
  readonly dataDir: string
  readonly log: (line: string) => void
  /** Settings of PostgreSQL over the defaults; they take effect when this call starts it. */
  readonly settings?: Readonly<Record<string, string>>
  /** Programs to use instead of the packaged ones, such as those of the system. */
  readonly binDir?: string
}
export interface EmbeddedConnection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}
export interface EmbeddedServer {
  readonly adopted: boolean
  /** Where the database really is; differs from what was asked for when that was out of reach. */
  readonly dataDir: string
  readonly pid: number
  readonly connection: EmbeddedConnection
  /** For administration and tests only: a superuser, who is not bound by row-level security. */
  readonly superuserUrl: string
  /** What was unusual about this start. */
  readonly notes: readonly string[]
  /** Leaves; the last to leave stops the database. Harmless to repeat. */
  stop(): Promise<void>
}

const APPLICATION = 'vitrine'
/** Modest: the embedded database shares the machine with the server, often a small one. */
const DEFAULTS = {
  max_connections: '60',
  shared_buffers: '128MB',
  jit: 'off',
  max_wal_size: '1GB',
  wal_compression: 'on',
  checkpoint_timeout: '10min',
  random_page_cost: '1.1',
  log_min_messages: 'warning',
}

export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedServer> {
  if (process.platform === 'win32') throw new Error('the embedded PostgreSQL is not offered on Windows; name a server with VITRINE_DATABASE_URL')
  const notes: string[] = []
  const note = (line: string) => {
    notes.push(line)
    options.log(line)
  }
  const place = placeFor(options.dataDir, note)
  const { dir, identity } = place
  const binaries = findBinaries(identity, options.binDir, note)
  const socketDir = socketFolder(place)
  const register = new Register(`${dir}.users`)
  const lock = `${dir}.lock`

  return alone(lock, async () => {
    const secrets = secretsFor(dir)
    let found = await runningPostmaster(place, socketDir, note)
    const adopted = found !== undefined
    if (!found) {
      await ensureCluster(dir, binaries, identity, secrets, note)
      found = await startPostmaster({ place, socketDir, binaries, settings: { ...DEFAULTS, ...options.settings } })
    }
    const { pid } = found
    register.enter()
    try {
      await prepareDatabase(found, dir, secrets)
    } catch (error) {
      register.leave()
      if (!adopted) await stopPostmaster(place)
      throw error
    }
    let left: Promise<void> | undefined
    const leave = () =>
      alone(lock, async () => {
        register.leave()
        if (!register.inUse()) await stopPostmaster(place)
      })
    const host = found.socketFolder
    return {
      adopted,
      dataDir: dir,
      pid,
      notes,
      connection: { host, port: PORT, user: APPLICATION, password: secrets.application, database: APPLICATION },
      superuserUrl: `postgres://postgres:${secrets.superuser}@${encodeURIComponent(host)}:${PORT}/postgres`,
      stop: () => (left ??= leave()),
    }
  })
}

/** Makes sure that the process serves this very folder, and that the application's role and database are there. */
async function prepareDatabase({ socketFolder: host }: Postmaster, dir: string, secrets: Secrets): Promise<void> {
  const sql = postgres({ host, port: PORT, user: 'postgres', password: secrets.superuser, database: 'postgres', max: 1, onnotice: () => undefined })
  try {
    const [{ folder }] = await sql<[{ folder: string }]>`select current_setting('data_directory') as folder`
    if (path.resolve(folder) !== dir) throw new Error(`the database at ${host} serves ${folder}, not ${dir}`)
    const [role] = await sql`select 1 from pg_roles where rolname = ${APPLICATION}`
    // Both are plain words of ours, and the password is base64url: nothing here needs quoting.
    if (!role) await sql.unsafe(`create role ${APPLICATION} login password '${secrets.application}' nosuperuser nobypassrls nocreaterole nocreatedb`)
    const [database] = await sql`select 1 from pg_database where datname = ${APPLICATION}`
    if (!database) await sql.unsafe(`create database ${APPLICATION} owner ${APPLICATION} template template0 encoding 'UTF8'`)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
