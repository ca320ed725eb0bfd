/**
 * Work that is done later, by whichever server is free. A job belongs to an instance and appears with the transaction that it
 * was added in. It is run at least once; when it keeps failing it is laid aside with the last failure, never dropped.
 *
 * Of the jobs of a queue that wait, those of a higher priority come first. Among equals the instances take turns, and each has
 * its own jobs run in the order in which they were added: whoever adds ten thousand waits for them himself.
 */
export const PRIORITY = { background: -2, normal: 0, interactive: 2, highest: 4 } as const
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY]

/** The priority that a number stands for; there are some in between and beyond, which count as the next lower one. */
export function priorityOf(number: number): Priority {
  if (number >= PRIORITY.highest) return PRIORITY.highest
  if (number >= PRIORITY.interactive) return PRIORITY.interactive
  return number >= PRIORITY.normal ? PRIORITY.normal : PRIORITY.background
}

/** One more worker on each server, for jobs of these priorities only. */
export interface Lane {
  readonly from?: Priority
  readonly to?: Priority
}

/** With these, jobs of no priority ever wait until those of another are through, be they many or slow. */
export const LANES: readonly Lane[] = [{ from: PRIORITY.interactive }, { to: PRIORITY.normal }, { to: PRIORITY.background }]

export interface QueueSettings {
  /** Of the jobs with the same key that wait, only the first is kept. */
  readonly oneWaiting?: boolean
  /** How often a job that fails is tried again before it is laid aside. */
  readonly retries: number
  /** Wait before the first repetition; each further wait is about twice as long. */
  readonly retrySeconds: number
  readonly retrySecondsMost: number
  /** A run that takes longer is given up and repeated. A server that dies is noticed sooner, whatever this says. */
  readonly expireSeconds: number
  readonly keepDoneSeconds: number
  /** Jobs of the queue that one server runs at once. */
  readonly concurrency: number
  /** Workers besides those. */
  readonly lanes?: readonly Lane[]
  /** One server never runs two jobs of one group at once. */
  readonly oneInGroup?: boolean
}

export interface RunningJob {
  readonly instance: string
  readonly payload: unknown
  /** The key it was added with, or an empty text. */
  readonly key: string
  /** Fires when the time of the job is up or the server stops waiting for it. */
  readonly signal: AbortSignal
  /** No repetition follows when this run fails. */
  readonly last: boolean
}

/** Thrown by a job that no repetition will help: it is laid aside at once. */
export class JobHopeless extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'JobHopeless'
  }
}

/** Fails to have the job repeated. */
export type JobHandler = (job: RunningJob) => Promise<void>

export interface JobQueue {
  /** Begins to run jobs; before this none is run here. */
  start(handlers: Readonly<Record<string, JobHandler>>): Promise<void>
  /** Takes no more jobs and waits for running ones; those that take longer are handed back. Harmless to repeat. */
  stop(graceMs: number): Promise<void>
}

/** For whoever has a job to give and no transaction to give it in. */
export interface JobWriter<J> {
  add(jobs: readonly J[]): Promise<void>
}

/** A job that was laid aside. */
export interface FailedJob {
  readonly id: string
  /** Of the queue that it was in. */
  readonly name: string
  readonly payload: unknown
  readonly createdAt: Date
  readonly failedAt: Date
  /** How often it was run. */
  readonly attempts: number
  /** Why the last run failed, in words that are meant for the instance. */
  readonly message: string
}

/** The jobs of one instance that were laid aside; those of others are out of reach. */
export interface FailedJobStore {
  /** Newest first, those of one queue if it is named, and how many there are on all pages. */
  list(page: { readonly queue: string | null; readonly limit: number; readonly offset: number }): Promise<{ count: number; jobs: FailedJob[] }>
  /**
   * Adds the job anew, with all its tries. False when it is not there, or its queue is not any more; of several who ask at once
   * one is told true. Where the queue keeps one waiting job for each key and one waits, that one stands for both.
   */
  requeue(id: string): Promise<boolean>
  /** False when it is not there; of several who ask at once one is told true. */
  remove(id: string): Promise<boolean>
}
