/**
 * What can be known about a process from outside. A pid alone says little: it is used again, and in containers soon. So a
 * process is named by its pid together with the moment it started.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Identity } from './privileges.ts'

const LINUX = process.platform === 'linux'

/** True for a process that runs; a zombie that nobody has collected yet is dead. */
export function isAlive(pid: number): boolean {
  if (LINUX && /^State:\s+[ZX]/m.test(readProc(pid, 'status'))) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When the process started, as a text to be compared with itself; empty when it is gone. */
export function startOf(pid: number): string {
  if (!LINUX) return spawnSync('ps', ['-p', String(pid), '-o', 'lstart='], { encoding: 'utf8' }).stdout.trim()
  // The name in the second field may hold spaces and brackets; what follows the last bracket is well-formed.
  const stat = readProc(pid, 'stat')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

export function commandOf(pid: number): string {
  return LINUX
    ? readProc(pid, 'cmdline').replaceAll('\0', ' ')
    : spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).stdout.trim()
}

/** Living processes whose command line names a path. */
export function naming(text: string): number[] {
  if (!LINUX) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && commandOf(pid).includes(text) && isAlive(pid))
}

/** Whether the helpers of a database can be found after its postmaster has gone. */
export const SEES_SERVERS = LINUX

/** Living processes of PostgreSQL that work in a data folder, which is what those that serve it do. */
export function serversOf(dir: string, identity: Identity): number[] {
  if (!LINUX) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => serves(pid, dir, identity))
}

/** Whether that process belongs to the PostgreSQL of this data folder. */
export function serves(pid: number, dir: string, identity: Identity): boolean {
  if (!commandOf(pid).includes('postgres') || !isAlive(pid)) return false
  return !LINUX || workingFolder(pid, identity) === dir
}

function workingFolder(pid: number, identity: Identity): string | undefined {
  const link = `/proc/${pid}/cwd`
  try {
    return readlinkSync(link)
  } catch {
    // Gone meanwhile, or hidden: in a container even root may not look at the processes of others, but their own user may.
    if (identity.uid === undefined) return undefined
    return spawnSync('readlink', [link], { ...identity, cwd: '/', encoding: 'utf8' }).stdout?.trim()
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // The process ended between two looks at it.
    return ''
  }
}
