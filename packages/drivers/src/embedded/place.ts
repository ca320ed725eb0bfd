/**
 * Where things are kept: the database, its socket, and a copy of the programs when one is needed. All three have to be within
 * reach of the user the database runs as, who is not always the user of the server. A database that exists is never passed
 * over for a new, empty one because a permission has changed meanwhile.
 */
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { databaseIdentity, mayEnter, type Identity } from './privileges.ts'

const RELOCATED = '/var/lib/vitrine'
/** The kernel's limit for the path of a socket is 108 bytes on Linux and 104 on macOS, with a zero at the end. */
const MAX_SOCKET_PATH_BYTES = 103

export interface Place {
  readonly dir: string
  readonly identity: Identity
}

/** The user of the database and its folder: the one asked for, unless that user cannot get there. */
export function placeFor(asked: string, note: (line: string) => void): Place {
  const wanted = realPlace(asked)
  const elsewhere = path.join(RELOCATED, digest(wanted))
  const identity = databaseIdentity(ownerOf(wanted) ?? ownerOf(elsewhere))
  const parent = path.dirname(wanted)
  const reachable = mayEnter(parent, identity)
  if (holdsCluster(wanted)) {
    if (reachable) return { dir: wanted, identity }
    throw new Error(
      `the database in ${wanted} belongs to user ${identity.uid}, who cannot enter ${parent}; let that user pass (chmod o+x) or start the server as an ordinary user`,
    )
  }
  if (reachable && !holdsCluster(elsewhere)) return { dir: wanted, identity }
  publicFolder(RELOCATED)
  note(
    `the database is kept in ${elsewhere}, because its user ${reachable ? 'could not' : 'cannot'} enter ${parent}${reachable ? ' when it was made' : ''}`,
  )
  return { dir: elsewhere, identity }
}

/** A short folder for the socket: its path is limited, and a data folder can be deep. */
export function socketFolder({ dir, identity }: Place): string {
  const owner = identity.uid ?? process.getuid?.()
  const name = `vitrine-${digest(`${dir} ${owner}`)}`
  const fits = (base: string) => Buffer.byteLength(path.join(base, name, '.s.PGSQL.5432.lock')) <= MAX_SOCKET_PATH_BYTES && mayEnter(base, identity)
  const folder = path.join(fits(tmpdir()) ? tmpdir() : '/tmp', name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (identity.uid !== undefined && identity.gid !== undefined && lstatSync(folder).uid === process.getuid?.())
    chownSync(folder, identity.uid, identity.gid)
  mustBelongTo(folder, owner)
  return folder
}

/**
 * Where a copy of the programs is kept. Not among temporary files when there is a choice: those are swept now and then, and a
 * running database reads its own. A folder that somebody else made is refused, since programs from it are about to be run.
 */
export function copyFolder(native: string, version: string): string {
  const root = process.getuid?.() === 0
  const base = root ? RELOCATED : tmpdir()
  if (root) publicFolder(base)
  const folder = path.join(base, `postgres-${process.getuid?.()}-${digest(`${native} ${version}`)}`)
  if (existsSync(folder)) mustBelongTo(folder, process.getuid?.())
  return folder
}

/** Servers that name the same folder differently, through a link, have to agree on one name for it. */
function realPlace(asked: string): string {
  const wanted = path.resolve(asked)
  mkdirSync(path.dirname(wanted), { recursive: true })
  return existsSync(wanted) ? realpathSync(wanted) : path.join(realpathSync(path.dirname(wanted)), path.basename(wanted))
}

const holdsCluster = (dir: string) => existsSync(path.join(dir, 'PG_VERSION'))

function ownerOf(dir: string): Identity | undefined {
  if (!holdsCluster(dir)) return undefined
  const { uid, gid } = statSync(dir)
  return { uid, gid }
}

/** Made for everybody to pass through, whatever the umask says. */
function publicFolder(folder: string): void {
  if (existsSync(folder)) return
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
}

/** In a place where anybody may write, a folder or link that somebody else has put there is not trusted. */
function mustBelongTo(folder: string, owner: number | undefined): void {
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== owner || (found.mode & 0o022) !== 0)
    throw new Error(`${folder} belongs to somebody else or is open to them; remove it or set TMPDIR`)
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)
