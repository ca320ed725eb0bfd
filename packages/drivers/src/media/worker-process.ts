/**
 * One child process that opens files, one at a time. It has none of the server's environment and is killed rather than asked:
 * a decoder that hangs listens to nobody, and one that was fed something odd is not used again.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { MediaFailure, type MediaTrouble } from '@vitrine/domain/ports/media'
import type { Answer, Task } from './tasks.ts'

const MAIN = new URL('./worker/main.ts', import.meta.url)
const TAIL_CHARS = 400
/** Nothing of the server's. Threads that share their heaps leave less of them half used. */
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2' }

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export class WorkerProcess {
  readonly #child: ChildProcess
  #pending: Pending | null = null
  #killedBecause: MediaFailure | null = null
  #saidLast = ''
  #done = 0
  #usable = true

  constructor(heapMb: number) {
    this.#child = fork(MAIN, [], {
      execArgv: [`--max-old-space-size=${heapMb}`, '--disable-warning=ExperimentalWarning'],
      env: ENVIRONMENT,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#saidLast = (this.#saidLast + text).slice(-TAIL_CHARS)))
    this.#child.on('message', (answer) => this.#answer(answer as Answer))
    this.#child.on('error', (error) => this.#end(error))
    this.#child.on('exit', (code, signal) => this.#end(this.#killedBecause ?? this.#crash(code, signal)))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** False from the moment it is told to end, which is before it does. */
  get usable(): boolean {
    return this.#usable
  }

  /** How many tasks it has finished. */
  get done(): number {
    return this.#done
  }

  async do(task: Task): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#hold(true)
      this.#pending = { resolve, reject }
      this.#child.send(task, (error) => {
        if (error) this.#end(new MediaFailure('crashed', 'the process that opens files has gone', error))
      })
    })
  }

  /** The task, if there is one, fails with this once the process has really ended. */
  kill(trouble: MediaTrouble, message: string): void {
    this.#usable = false
    this.#killedBecause ??= new MediaFailure(trouble, message)
    this.#child.kill('SIGKILL')
  }

  async ended(): Promise<void> {
    this.#hold(true)
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) await once(this.#child, 'exit')
  }

  /** A process that only waits does not keep its parent from ending. */
  rest(): void {
    this.#hold(false)
  }

  #hold(held: boolean): void {
    const handles = [this.#child, this.#child.channel, this.#child.stderr as unknown as { ref(): void; unref(): void } | null]
    for (const handle of handles) {
      if (held) handle?.ref()
      else handle?.unref()
    }
  }

  #answer(answer: Answer): void {
    const pending = this.#pending
    this.#pending = null
    this.#done++
    if (answer.ok) pending?.resolve(answer.value)
    else pending?.reject(answer.trouble === undefined ? new Error(answer.message) : new MediaFailure(answer.trouble, answer.message))
  }

  #crash(code: number | null, signal: string | null): MediaFailure {
    const said = this.#saidLast.trim()
    return new MediaFailure('crashed', `the process that had it open ended by ${signal ?? `code ${code}`}${said === '' ? '' : `: ${said}`}`)
  }

  #end(error: Error): void {
    this.#usable = false
    this.#pending?.reject(error)
    this.#pending = null
  }
}
