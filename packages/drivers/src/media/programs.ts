/**
 * Programs of the system that open what no library here can: poppler and ffmpeg. They are started without a shell's reading of
 * any argument, without the server's environment, with a limit on processor time that outlives the server, and are killed by
 * their process when time or memory is over.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { MediaFailure } from '@vitrine/domain/ports/media'
import { watch, type Allowance } from './watch.ts'

export interface ProgramTerms extends Allowance {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const MOST_OUTPUT_CHARS = 4 * 1024 * 1024
const TAIL_CHARS = 400
/** The shell sets the limits and becomes the program; what it runs are its arguments, which it does not read. */
const LIMITED = 'ulimit -c 0; ulimit -t "$1"; shift; exec "$@"'

export class Programs {
  readonly #searchPath: string
  readonly #found = new Map<string, string>()

  constructor(searchPath: string) {
    this.#searchPath = searchPath
  }

  /** The text it printed. Fails as `tool-missing`, naming it, where it is not installed, and as `broken` where it refuses the file. */
  async run(name: string, args: readonly string[], terms: ProgramTerms): Promise<string> {
    const program = await this.#find(name)
    if (terms.signal.aborted) throw new MediaFailure('aborted', 'nobody waits for it any more', terms.signal.reason)
    const cpuSeconds = String(Math.ceil(terms.timeoutMs / 1000) * 2)
    return runToEnd(name, ['-c', LIMITED, 'sh', cpuSeconds, program, ...args], { PATH: this.#searchPath, LANG: 'C.UTF-8', TZ: 'UTC' }, terms)
  }

  async #find(name: string): Promise<string> {
    const known = this.#found.get(name)
    if (known !== undefined) return known
    for (const dir of this.#searchPath.split(delimiter).filter((dir) => dir !== '')) {
      const path = join(dir, name)
      if (!(await isExecutable(path))) continue
      this.#found.set(name, path)
      return path
    }
    throw new MediaFailure('tool-missing', `${name} is not installed here`)
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function runToEnd(
  name: string,
  args: string[],
  env: Record<string, string>,
  { signal, timeoutMs, ...allowance }: ProgramTerms,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', args, { env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
    let [printed, complained] = ['', '']
    let failure: MediaFailure | null = null
    const kill = (reason: MediaFailure) => {
      failure ??= reason
      child.kill('SIGKILL')
    }
    const abort = () => kill(new MediaFailure('aborted', 'nobody waits for it any more', signal.reason))
    const timer = setTimeout(() => kill(new MediaFailure('timeout', `${name} takes longer than ${timeoutMs} ms`)), timeoutMs)
    const stop = child.pid === undefined ? () => {} : watch(child.pid, allowance, (what) => kill(new MediaFailure('too-large', what)))
    signal.addEventListener('abort', abort)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.length > MOST_OUTPUT_CHARS) kill(new MediaFailure('too-large', `${name} says more than ${MOST_OUTPUT_CHARS} characters about it`))
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complained = (complained + text).slice(-TAIL_CHARS)))
    const done = () => {
      clearTimeout(timer)
      stop()
      signal.removeEventListener('abort', abort)
    }
    child.on('error', (error) => {
      done()
      reject(error)
    })
    child.on('close', (code, killedBy) => {
      done()
      if (failure !== null) reject(failure)
      else if (killedBy !== null) reject(new MediaFailure('crashed', `${name} ended by ${killedBy}`))
      else if (code === 0) resolve(printed)
      else reject(new MediaFailure('broken', `${name} refuses it: ${complained.trim() || `code ${code}`}`))
    })
  })
}
