/** What the suites for job queues need to know about the one they are about. */
import type { FailedJobStore, JobHandler, JobQueue, Priority, QueueSettings } from '@vitrine/domain/ports/queue'
import { onTestFinished } from 'vitest'

export interface JobToAdd {
  readonly name: string
  readonly payload?: unknown
  readonly key?: string
  readonly group?: string
  readonly priority?: Priority
  readonly delaySeconds?: number
}

export interface QueueUnderTest {
  /** How many jobs are too many to wait for. */
  readonly many: number
  /** A queue for one server; all of one `make` share their jobs. */
  server(): JobQueue
  add(instance: string, jobs: readonly JobToAdd[]): Promise<void>
  /** Lets what is due run until the condition holds; fails when it never does. */
  until(condition: () => boolean): Promise<unknown>
  /** As operators see them. */
  dead(): Promise<readonly { readonly instance: string; readonly payload: unknown; readonly failure: string }[]>
  /** As an instance sees its own. */
  failed(instance: string): FailedJobStore
}

export const several = <T>(n: number, each: (n: number) => T): T[] => Array.from({ length: n }, (_, i) => each(i))
const SETTINGS: QueueSettings = { retries: 2, retrySeconds: 1, retrySecondsMost: 1, expireSeconds: 60, keepDoneSeconds: 60, concurrency: 4 }
export const QUEUES_UNDER_TEST: Readonly<Record<string, QueueSettings>> = {
  plain: SETTINGS,
  single: { ...SETTINGS, oneWaiting: true },
  hopeless: { ...SETTINGS, retries: 1 },
  lone: { ...SETTINGS, concurrency: 1 },
}

/** A server that works until the test is over. */
export async function started(handlers: Readonly<Record<string, JobHandler>>, test: QueueUnderTest): Promise<JobQueue> {
  const queue = test.server()
  onTestFinished(() => queue.stop(1000))
  await queue.start(handlers)
  return queue
}
