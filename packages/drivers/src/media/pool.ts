/**
 * A few worker processes and a queue in front of them. They start when there is something to do, end after a while without,
 * and are replaced after many tasks, so that what a decoder leaks does not add up.
 */
import { availableParallelism } from 'node:os'
import { MediaFailure } from '@vitrine/domain/ports/media'
import type { Task } from './tasks.ts'
import { watch, type Allowance } from './watch.ts'
import { WorkerProcess } from './worker-process.ts'

export interface PoolOptions {
  /** Processes; as many as there are processors, at most four, without it. */
  readonly size?: number
  readonly heapMb?: number
  readonly idleMs?: number
  readonly tasksEach?: number
  readonly waitMs: number
}

export interface Terms extends Allowance {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

interface Waiting {
  readonly take: (worker: WorkerProcess) => void
  readonly refuse: (error: Error) => void
}

export class WorkerPool {
  readonly #size: number
  readonly #heapMb: number
  readonly #idleMs: number
  readonly #tasksEach: number
  readonly #waitMs: number
  readonly #all = new Set<WorkerProcess>()
  readonly #free: WorkerProcess[] = []
  readonly #queue: Waiting[] = []
  readonly #idleTimers = new Map<WorkerProcess, NodeJS.Timeout>()
  #closed = false

  constructor(options: PoolOptions) {
    this.#size = options.size ?? Math.min(4, availableParallelism())
    this.#heapMb = options.heapMb ?? 512
    this.#idleMs = options.idleMs ?? 30_000
    this.#tasksEach = options.tasksEach ?? 500
    this.#waitMs = options.waitMs
  }

  /** Pids of the processes there are now. */
  get pids(): number[] {
    return [...this.#all].flatMap(({ pid }) => pid ?? [])
  }

  async run<T>(task: Task, terms: Terms): Promise<T> {
    const worker = await this.#acquire(terms.signal)
    const unguard = this.#guard(worker, terms)
    try {
      return (await worker.do(task)) as T
    } finally {
      unguard()
      this.#release(worker)
    }
  }

  /** What runs fails as `aborted`; resolves when no process is left. */
  async close(): Promise<void> {
    this.#closed = true
    for (const waiting of this.#queue.splice(0)) waiting.refuse(new MediaFailure('aborted', 'the server ends'))
    for (const timer of this.#idleTimers.values()) clearTimeout(timer)
    const all = [...this.#all]
    for (const worker of all) worker.kill('aborted', 'the server ends')
    await Promise.all(all.map(async (worker) => worker.ended()))
    this.#all.clear()
  }

  async #acquire(signal: AbortSignal): Promise<WorkerProcess> {
    if (signal.aborted) throw new MediaFailure('aborted', 'nobody waits for it any more', signal.reason)
    if (this.#closed) throw new MediaFailure('aborted', 'the server ends')
    for (let worker = this.#free.pop(); worker !== undefined; worker = this.#free.pop()) {
      clearTimeout(this.#idleTimers.get(worker))
      if (worker.usable) return worker
      this.#all.delete(worker)
    }
    if (this.#all.size < this.#size) return this.#start()
    return this.#wait(signal)
  }

  #start(): WorkerProcess {
    const worker = new WorkerProcess(this.#heapMb)
    this.#all.add(worker)
    return worker
  }

  async #wait(signal: AbortSignal): Promise<WorkerProcess> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        const place = this.#queue.indexOf(waiting)
        if (place !== -1) this.#queue.splice(place, 1)
      }
      const refuse = (error: Error) => {
        leave()
        reject(error)
      }
      const abort = () => refuse(new MediaFailure('aborted', 'nobody waits for it any more', signal.reason))
      const waiting: Waiting = {
        take: (worker) => {
          leave()
          resolve(worker)
        },
        refuse,
      }
      const timer = setTimeout(() => refuse(new MediaFailure('timeout', `no process was free for ${this.#waitMs} ms`)), this.#waitMs)
      signal.addEventListener('abort', abort)
      this.#queue.push(waiting)
    })
  }

  #release(worker: WorkerProcess): void {
    if (worker.done >= this.#tasksEach) worker.kill('aborted', 'it has done enough')
    if (!worker.usable) this.#all.delete(worker)
    const next = this.#queue[0]
    if (this.#closed || next === undefined) {
      if (this.#all.has(worker)) this.#rest(worker)
      return
    }
    next.take(this.#all.has(worker) ? worker : this.#start())
  }

  #rest(worker: WorkerProcess): void {
    worker.rest()
    this.#free.push(worker)
    const end = () => {
      this.#idleTimers.delete(worker)
      this.#free.splice(this.#free.indexOf(worker), 1)
      this.#all.delete(worker)
      worker.kill('aborted', 'it had nothing to do')
    }
    this.#idleTimers.set(worker, setTimeout(end, this.#idleMs).unref())
  }

  /** Kills the worker when the task breaks its terms; the answer ends that. */
  #guard(worker: WorkerProcess, { signal, timeoutMs, ...allowance }: Terms): () => void {
    const abort = () => worker.kill('aborted', 'nobody waits for it any more')
    const timer = setTimeout(() => worker.kill('timeout', `it takes longer than ${timeoutMs} ms`), timeoutMs)
    const stop = worker.pid === undefined ? () => {} : watch(worker.pid, allowance, (what) => worker.kill('too-large', what))
    signal.addEventListener('abort', abort)
    return () => {
      clearTimeout(timer)
      stop()
      signal.removeEventListener('abort', abort)
    }
  }
}
