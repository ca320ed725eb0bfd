/**
 * Jobs in memory, for tests of what adds and runs them. Time is told to it: what is due runs in `advance`, and nothing else
 * moves. It keeps the promises of the port for one process, and forgets everything with it.
 */
import { randomUUID } from 'node:crypto'
import { toldFailure } from '@vitrine/domain/jobs/failure'
import {
  JobHopeless,
  PRIORITY,
  type FailedJob,
  type FailedJobStore,
  type JobHandler,
  type JobQueue,
  type Priority,
  type QueueSettings,
} from '@vitrine/domain/ports/queue'

export interface MemoryJob {
  readonly name: string
  readonly payload: unknown
  readonly key?: string | undefined
  readonly group?: string | undefined
  readonly priority?: Priority | undefined
  readonly delaySeconds?: number | undefined
}

interface Waiting extends MemoryJob {
  readonly id: string
  readonly instance: string
  readonly createdMs: number
  readonly priority: Priority
  /** The turns of an instance follow each other, and begin with the one that is being served. */
  readonly turn: number
  dueMs: number
  tries: number
}

interface Dead {
  readonly id: string
  readonly job: Waiting
  readonly failedMs: number
  readonly error: unknown
}

export class MemoryQueue implements JobQueue {
  readonly #queues: Readonly<Record<string, QueueSettings>>
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #waiting: Waiting[] = []
  #dead: Dead[] = []
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
      const turn = this.#turnOf(instance, job.name, priority)
      this.#waiting.push({ ...job, id: randomUUID(), createdMs: this.#nowMs, instance, priority, turn, dueMs, tries: 0 })
    }
  }

  /** What was laid aside, with what was thrown, oldest first. */
  get dead(): readonly { readonly instance: string; readonly payload: unknown; readonly failure: string }[] {
    return this.#dead
      .map(({ job: { instance, payload }, error }) => ({ instance, payload, failure: error instanceof Error ? error.message : 'failed' }))
      .toReversed()
  }

  /** The jobs of one instance that were laid aside. */
  failed(instance: string): FailedJobStore {
    const mine = () => this.#dead.filter(({ job }) => job.instance === instance)
    const remove = async (id: string) => {
      const found = mine().find((dead) => dead.id === id)
      this.#dead = this.#dead.filter((dead) => dead !== found)
      return found
    }
    return {
      list: async ({ queue, limit, offset }) => {
        const jobs = mine().filter(({ job }) => queue === null || job.name === queue)
        return { count: jobs.length, jobs: jobs.slice(offset, offset + limit).map(failedJob) }
      },
      remove: async (id) => (await remove(id)) !== undefined,
      requeue: async (id) => {
        const found = await remove(id)
        if (found) this.add(instance, [{ ...found.job, delaySeconds: 0 }])
        return found !== undefined
      },
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
      if (last || error instanceof JobHopeless) this.#dead.unshift({ id: randomUUID(), job, failedMs: this.#nowMs, error })
      else {
        const waitMs = Math.min(settings.retrySecondsMost, settings.retrySeconds * 2 ** job.tries) * 1000
        this.#waiting.push({ ...job, tries: job.tries + 1, dueMs: this.#nowMs + waitMs })
      }
    }
  }
}

function failedJob({ id, job, failedMs, error }: Dead): FailedJob {
  const { name, payload, createdMs, tries } = job
  const message = toldFailure(error, `${name} ${job.id}`)
  return { id, name, payload, createdAt: new Date(createdMs), failedAt: new Date(failedMs), attempts: tries + 1, message }
}
