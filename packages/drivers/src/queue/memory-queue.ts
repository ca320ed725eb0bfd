/**
 * Jobs in memory, for tests of what adds and runs them. Time is told to it: what is due runs in `advance`, and nothing else
 * moves. It keeps the promises of the port for one process, and forgets everything with it.
 */
import { JobHopeless, PRIORITY, type JobHandler, type JobQueue, type Priority, type QueueSettings } from '@vitrine/domain/ports/queue'

export interface MemoryJob {
  readonly name: string
  readonly payload: unknown
  readonly key?: string | undefined
  readonly group?: string | undefined
  readonly priority?: Priority | undefined
  readonly delaySeconds?: number | undefined
}

interface Waiting extends MemoryJob {
  readonly instance: string
  readonly priority: Priority
  /** The turns of an instance follow each other, and begin with the one that is being served. */
  readonly turn: number
  dueMs: number
  tries: number
}

export class MemoryQueue implements JobQueue {
  readonly dead: { readonly name: string; readonly instance: string; readonly payload: unknown; readonly failure: string }[] = []
  readonly #queues: Readonly<Record<string, QueueSettings>>
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #waiting: Waiting[] = []
  #handlers: Readonly<Record<string, JobHandler>> = {}
  #nowMs = 0

  constructor(queues: Readonly<Record<string, QueueSettings>>) {
    this.#queues = queues
  }

  add(instance: string, jobs: readonly MemoryJob[]): void {
    for (const job of jobs) {
      const settings = this.#queues[job.name]
      if (!settings) throw new Error(`there is no queue ${job.name}`)
      const twin = (other: Waiting) => other.name === job.name && other.instance === instance && other.key === job.key && other.tries === 0
      if (settings.oneWaiting && this.#waiting.some(twin)) continue
      const priority = job.priority ?? PRIORITY.normal
      const dueMs = this.#nowMs + (job.delaySeconds ?? 0) * 1000
      this.#waiting.push({ ...job, instance, priority, turn: this.#turnOf(instance, job.name, priority), dueMs, tries: 0 })
    }
  }

  async start(handlers: Readonly<Record<string, JobHandler>>): Promise<void> {
    this.#handlers = handlers
  }

  async stop(): Promise<void> {
    this.#handlers = {}
    await Promise.all(this.#running)
    this.#stop.abort()
  }

  /** Lets time pass, and runs what is due by then, with what that leads to, one after the other. */
  async advance(seconds = 0): Promise<void> {
    const untilMs = this.#nowMs + seconds * 1000
    for (let next = this.#take(untilMs); next; next = this.#take(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      const run = this.#run(next)
      this.#running.add(run)
      await run.finally(() => this.#running.delete(run))
    }
    this.#nowMs = untilMs
  }

  #turnOf(instance: string, name: string, priority: Priority): number {
    const line = this.#waiting.filter((job) => job.name === name && job.priority === priority)
    const fresh = line.filter(({ tries }) => tries === 0)
    const due = fresh.filter(({ dueMs }) => dueMs <= this.#nowMs)
    const served = (due.length > 0 ? due : line).reduce((first, { turn }) => Math.min(first, turn), Infinity)
    const own = fresh.filter((job) => job.instance === instance).reduce((last, { turn }) => Math.max(last, turn), -1)
    return Math.max(own + 1, Number.isFinite(served) ? served : 0)
  }

  #take(untilMs: number): Waiting | undefined {
    const due = this.#waiting.filter((job) => job.dueMs <= untilMs && this.#handlers[job.name])
    // Time stands still while something is due that could be run before.
    const firstMs = Math.max(this.#nowMs, Math.min(...due.map(({ dueMs }) => dueMs)))
    const next = due.filter(({ dueMs }) => dueMs <= firstMs).toSorted((a, b) => b.priority - a.priority || a.turn - b.turn)[0]
    this.#waiting = this.#waiting.filter((job) => job !== next)
    return next
  }

  async #run(job: Waiting): Promise<void> {
    const settings = this.#queues[job.name] as QueueSettings
    const last = job.tries >= settings.retries
    try {
      const { instance, payload, key = '' } = job
      await this.#handlers[job.name]?.({ instance, payload, key, signal: this.#stop.signal, last })
    } catch (error) {
      const { name, instance, payload } = job
      if (last || error instanceof JobHopeless)
        this.dead.push({ name, instance, payload, failure: error instanceof Error ? error.message : 'failed' })
      else {
        const waitMs = Math.min(settings.retrySecondsMost, settings.retrySeconds * 2 ** job.tries) * 1000
        this.#waiting.push({ ...job, tries: job.tries + 1, dueMs: this.#nowMs + waitMs })
      }
    }
  }
}
