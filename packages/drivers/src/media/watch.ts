/**
 * A look, many times a second, at what a process that has a file open takes: memory, and the room of the file it writes.
 * Nothing inside the process could be trusted to do it, because it may be deep in a decoder and answer to nobody.
 */
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'

export interface Allowance {
  readonly memoryBytes: number
  readonly file?: { readonly path: string; readonly bytes: number }
}

const LINUX = process.platform === 'linux'
/** Elsewhere each look starts a program. */
const EVERY_MS = LINUX ? 50 : 500

/** Calls `exceeded` at most once; the answer ends the watch. */
export function watch(pid: number, allowance: Allowance, exceeded: (what: string) => void): () => void {
  let looking = false
  const look = async () => {
    if (looking) return
    looking = true
    const what = await excess(pid, allowance)
    looking = false
    if (what === null || !running) return
    stop()
    exceeded(what)
  }
  let running = true
  const timer = setInterval(() => void look(), EVERY_MS)
  const stop = () => {
    running = false
    clearInterval(timer)
  }
  return stop
}

async function excess(pid: number, { memoryBytes, file }: Allowance): Promise<string | null> {
  if ((await residentBytes(pid)) > memoryBytes) return `it takes more than ${memoryBytes} bytes of memory to open`
  if (file !== undefined && (await sizeOf(file.path)) > file.bytes) return `the result is larger than ${file.bytes} bytes`
  return null
}

/** 0 for a process that has ended. */
export async function residentBytes(pid: number): Promise<number> {
  return LINUX ? kilobytes(await statusOf(pid)) : kilobytes(await ask('ps', ['-o', 'rss=', '-p', String(pid)]))
}

function kilobytes(text: string): number {
  return Number(/(?:VmRSS:)?\s*(\d+)/.exec(LINUX ? (/VmRSS:.*/.exec(text)?.[0] ?? '') : text)?.[1] ?? 0) * 1024
}

async function statusOf(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/status`, 'utf8')
  } catch {
    // It ended between two looks.
    return ''
  }
}

async function ask(program: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, (_error, stdout) => resolve(stdout))
  })
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    // Not begun yet, or already gone.
    return 0
  }
}
