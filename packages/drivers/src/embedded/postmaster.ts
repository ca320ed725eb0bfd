/**
 * The process that serves the cluster, and its lock files. A lock that PostgreSQL would believe although its process is gone
 * is removed here: a pid that belongs to another program now, a zombie, or an empty file after a full disk. What PostgreSQL
 * can judge better is left to it.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import { logFile } from './cluster.ts'
import type { Place } from './place.ts'
import { isAlive, SEES_SERVERS, serves, serversOf } from './processes.ts'

export const PORT = 5432
const POLL_MS = 20
/** Recovery after a crash takes as long as it takes; this only ends the waiting for a process that hangs. */
const PATIENCE_MS = 10 * 60_000
const FAST_STOP_MS = 30_000
const IMMEDIATE_STOP_MS = 15_000

export interface Postmaster {
  readonly pid: number
  readonly ready: boolean
  readonly socketFolder: string
}

/** What the lock file of the cluster says, or undefined when there is none that can be read. */
export function lockedBy(dir: string): Postmaster | undefined {
  try {
    const lines = readFileSync(path.join(dir, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(lines[0])
    return pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready', socketFolder: lines[4]?.trim() ?? '' } : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The postmaster of this cluster when one runs; removes locks that nobody holds any more. */
export async function runningPostmaster(place: Place, socketDir: string, note: (line: string) => void): Promise<Postmaster | undefined> {
  const { dir, identity } = place
  for (const deadline = Date.now() + PATIENCE_MS; ; await pause(POLL_MS)) {
    const lock = lockedBy(dir)
    if (lock && serves(lock.pid, dir, identity)) {
      if (lock.ready) return lock
    } else if (!serversOf(dir, identity).length) {
      clearLocks(dir, lock, socketDir, note)
      return undefined
    }
    // Starting, recovering, shutting down, or the last helpers of a killed postmaster: each ends by itself.
    if (Date.now() > deadline) throw new Error(`the database in ${dir} has been neither ready nor gone for too long; see ${dir}.log`)
  }
}

function clearLocks(dir: string, lock: Postmaster | undefined, socketDir: string, note: (line: string) => void): void {
  const lockFile = path.join(dir, 'postmaster.pid')
  // The lock also leads PostgreSQL to the memory of helpers that may have survived. Where they cannot be seen from here, it
  // has to look for them itself, and it copes with the lock of a dead process.
  if (!SEES_SERVERS && lock && !isAlive(lock.pid)) return
  if (lock || isEmptyFile(lockFile)) note(`removed the lock of process ${lock?.pid ?? '(none)'}, which does not serve this database any more`)
  rmSync(lockFile, { force: true })
  for (const name of [`.s.PGSQL.${PORT}`, `.s.PGSQL.${PORT}.lock`]) rmSync(path.join(socketDir, name), { force: true })
}

const isEmptyFile = (file: string) => statSync(file, { throwIfNoEntry: false })?.size === 0

export async function startPostmaster(options: {
  place: Place
  socketDir: string
  binaries: Binaries
  settings: Readonly<Record<string, string>>
}): Promise<Postmaster> {
  const { place, socketDir, binaries, settings } = options
  const { dir, identity } = place
  const log = logFile(dir)
  const output = openSync(log, 'a', 0o600)
  const flags = Object.entries({ listen_addresses: '', unix_socket_directories: socketDir, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  // A process group of its own: Ctrl-C must not reach the database before the server has drained.
  const child = spawn(binaries.postgres, ['-D', dir, '-p', String(PORT), ...flags], {
    ...identity,
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
    env: { PATH: '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' },
  })
  closeSync(output)
  child.unref()
  let ended: string | undefined
  child.once('exit', (code, signal) => (ended = String(code ?? signal)))
  child.once('error', (error) => (ended = error.message))
  for (const deadline = Date.now() + PATIENCE_MS; ; await pause(POLL_MS)) {
    if (ended !== undefined) throw new Error(`PostgreSQL ended at once (${ended}):\n${readFileSync(log, 'utf8').slice(-1200)}`)
    const lock = lockedBy(dir)
    if (lock?.pid === child.pid && lock?.ready) return lock
    if (Date.now() > deadline) throw new Error(`PostgreSQL does not become ready; see ${log}`)
  }
}

/** Fast shutdown, then an immediate one, of whatever process serves this cluster now; never of any other. */
export async function stopPostmaster({ dir, identity }: Place, patience = { fastMs: FAST_STOP_MS, immediateMs: IMMEDIATE_STOP_MS }): Promise<void> {
  const pid = lockedBy(dir)?.pid
  if (pid === undefined) return
  for (const [signal, waitMs] of [
    ['SIGINT', patience.fastMs],
    ['SIGQUIT', patience.immediateMs],
  ] as const) {
    if (!serves(pid, dir, identity)) return
    process.kill(pid, signal)
    for (const deadline = Date.now() + waitMs; Date.now() < deadline; await pause(POLL_MS)) if (!isAlive(pid)) return
  }
  throw new Error(`the database process ${pid} does not end; see ${dir}.log`)
}
