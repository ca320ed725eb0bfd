/**
 * Jobs in memory, for tests of what adds and runs them. Time is told to it: what is due runs in `advance`, and nothing else
 * moves. It keeps the promises of the port for one process, and forgets everything with it.
 */
import { JobHopeless, type JobHandler, type JobQueue, type QueueSettings } from '@vitrine/domain/ports/queue'

export interface MemoryJob {
  readonly name: string
  readonly payload: unknown
  readonly key?: string | undefined
  readonly group?: string | undefined
  readonly delaySeconds?: number | undefined
}

interface Waiting extends MemoryJob {
  readonly instance: string
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
      this.#waiting.push({ ...job, instance, dueMs: this.#nowMs + (job.delaySeconds ?? 0) * 1000, tries: 0 })
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

  #take(untilMs: number): Waiting | undefined {
    const due = this.#waiting.filter((job) => job.dueMs <= untilMs && this.#handlers[job.name])
    const next = due.toSorted((a, b) => a.dueMs - b.dueMs)[0]
    this.#waiting = this.#waiting.filter((job) => job !== next)
    return next
  }

  async #run(job: Waiting): Promise<void> {
    const settings = this.#queues[job.name] as QueueSettings
    const last = job.tries >= settings.retries
    try {
      await this.#handlers[job.name]?.({ instance: job.instance, payload: job.payload, signal: this.#stop.signal, last })
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
