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
import type { Identity } from './privileges.ts'
import { commandOf, isAlive, workingIn } from './processes.ts'

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

const isPostgres = (pid: number) => isAlive(pid) && /postgres/.test(commandOf(pid))

/** The postmaster of this cluster when one runs; removes locks that nobody holds any more. */
export async function runningPostmaster(dir: string, socketDir: string, note: (line: string) => void): Promise<Postmaster | undefined> {
  const lockFile = path.join(dir, 'postmaster.pid')
  for (const deadline = Date.now() + PATIENCE_MS; ; await pause(POLL_MS)) {
    const lock = lockedBy(dir)
    if (lock && isPostgres(lock.pid)) {
      if (lock.ready) return lock
    } else if (!workingIn(dir).length) {
      if (lock || isEmptyFile(lockFile)) note(`removed the lock of process ${lock?.pid ?? '(none)'}, which does not serve this database any more`)
      rmSync(lockFile, { force: true })
      for (const name of [`.s.PGSQL.${PORT}`, `.s.PGSQL.${PORT}.lock`]) rmSync(path.join(socketDir, name), { force: true })
      return undefined
    }
    // Starting, recovering, shutting down, or the last helpers of a killed postmaster: each ends by itself.
    if (Date.now() > deadline) throw new Error(`the database in ${dir} has been neither ready nor gone for too long; see ${dir}.log`)
  }
}

const isEmptyFile = (file: string) => statSync(file, { throwIfNoEntry: false })?.size === 0

export async function startPostmaster(options: {
  dir: string
  socketDir: string
  binaries: Binaries
  identity: Identity
  settings: Readonly<Record<string, string>>
}): Promise<Postmaster> {
  const { dir, socketDir, binaries, identity, settings } = options
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
  let ended: unknown
  child.once('exit', (code, signal) => (ended = code ?? signal))
  child.once('error', (error) => (ended = error))
  for (const deadline = Date.now() + PATIENCE_MS; ; await pause(POLL_MS)) {
    if (ended !== undefined) throw new Error(`PostgreSQL ended at once (${String(ended)}):\n${readFileSync(log, 'utf8').slice(-1200)}`)
    const lock = lockedBy(dir)
    if (lock?.pid === child.pid && lock?.ready) return lock
    if (Date.now() > deadline) throw new Error(`PostgreSQL does not become ready; see ${log}`)
  }
}

/** Fast shutdown, then an immediate one; never a process that does not hold the lock of this cluster. */
export async function stopPostmaster(dir: string, pid: number): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const) {
    if (lockedBy(dir)?.pid !== pid || !isPostgres(pid)) return
    process.kill(pid, signal)
    for (const deadline = Date.now() + patience; Date.now() < deadline; await pause(POLL_MS)) if (lockedBy(dir)?.pid !== pid || !isAlive(pid)) return
  }
  throw new Error(`the database process ${pid} does not end; see ${dir}.log`)
}
