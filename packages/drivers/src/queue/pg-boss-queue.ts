/**
 * Jobs in the database, with pg-boss. Its tables lie in a schema of their own that tenant connections cannot reach: they add
 * jobs through one function of ours (`vitrine_enqueue`), which writes the instance of the transaction into each job and
 * answers nothing about others. Connections are few and apart from those for records; one that is lost costs a log line.
 */
import { PgBoss, type ConstructorOptions, type JobResult, type JobWithMetadata } from 'pg-boss'
import { JobHopeless, type JobHandler, type JobQueue, type QueueSettings } from '@vitrine/domain/ports/queue'
import { toldFailure } from '@vitrine/domain/jobs/failure'
import { enqueueFunction } from './enqueue-function.ts'
import { failedFunctions } from './failed-functions.ts'
import { laneOptions, turnIndexes } from './turns.ts'

/** A URL, or the socket of the embedded server. */
export type QueueConnection =
  | string
  | { readonly host?: unknown; readonly port?: unknown; readonly user?: unknown; readonly password?: unknown; readonly database?: unknown }

export interface PgBossQueueOptions {
  readonly connection: QueueConnection
  readonly queues: Readonly<Record<string, QueueSettings>>
  /** Told about failures that no caller hears of. */
  readonly log: (failure: unknown, about: string) => void
  readonly pollSeconds?: number
  /** How often somebody looks for jobs of servers that died. */
  readonly watchSeconds?: number
  /** How often jobs are removed whose time of being kept is over. */
  readonly cleanSeconds?: number
}

export const QUEUE_SCHEMA = 'vitrine_jobs'
/** Where jobs end that have failed for good. Nobody works here; they can be looked at, and put back by hand. */
export const DEAD_LETTERS = 'dead-letters'
const KEEP_DEAD_SECONDS = 365 * 86_400
const POOL = 3
/** A server that has not told for so long that it still works on a job is taken for dead; the least that pg-boss allows is 10. */
const HEARTBEAT_SECONDS = 15
const WATCH_SECONDS = 15
const CLEAN_SECONDS = 300
/** Notifications tell of new jobs; these look for the ones whose time comes, and for what a lost connection has not heard of. */
const EAGER_WORKERS = 2

/** Makes or updates tables and queues. Two at once would be in each other's way: to be called under the lock of migrations. */
export async function installQueue({ connection, queues, log }: PgBossQueueOptions): Promise<void> {
  const boss = new PgBoss({ ...base(connection), max: 1, supervise: false, schedule: false })
  boss.on('error', (error) => log(error, 'installing the queue'))
  await boss.start()
  try {
    const kept = { retentionSeconds: KEEP_DEAD_SECONDS, deleteAfterSeconds: KEEP_DEAD_SECONDS }
    await boss.createQueue(DEAD_LETTERS, kept)
    for (const [name, settings] of Object.entries(queues)) {
      const options = {
        retryLimit: settings.retries,
        retryDelay: settings.retrySeconds,
        retryDelayMax: settings.retrySecondsMost,
        retryBackoff: true,
        expireInSeconds: settings.expireSeconds,
        heartbeatSeconds: HEARTBEAT_SECONDS,
        deleteAfterSeconds: settings.keepDoneSeconds,
        retentionSeconds: KEEP_DEAD_SECONDS,
        deadLetter: DEAD_LETTERS,
        notify: true,
      }
      await boss.createQueue(name, { ...options, policy: settings.oneWaiting ? 'short' : 'standard' })
      // It may have been made by an older version.
      await boss.updateQueue(name, options)
    }
    for (const statements of [turnIndexes(QUEUE_SCHEMA), enqueueFunction(QUEUE_SCHEMA), failedFunctions(QUEUE_SCHEMA, DEAD_LETTERS)])
      await boss.getDb().executeSql(statements)
  } finally {
    await boss.stop({ graceful: false })
  }
}

export class PgBossQueue implements JobQueue {
  readonly #options: PgBossQueueOptions
  #boss: PgBoss | undefined

  constructor(options: PgBossQueueOptions) {
    this.#options = options
  }

  async start(handlers: Readonly<Record<string, JobHandler>>): Promise<void> {
    const { connection, queues, log, pollSeconds = 2, watchSeconds = WATCH_SECONDS, cleanSeconds = CLEAN_SECONDS } = this.#options
    const watch = { superviseIntervalSeconds: watchSeconds, monitorIntervalSeconds: watchSeconds, maintenanceIntervalSeconds: cleanSeconds }
    const boss = new PgBoss({ ...base(connection), ...watch, max: POOL, migrate: false, schedule: false, useListenNotify: true })
    // Without a listener a lost connection would end the process.
    boss.on('error', (error) => log(error, 'the queue'))
    boss.on('warning', (warning) => log(warning, 'the queue'))
    this.#boss = boss
    await boss.start()
    for (const [name, handler] of Object.entries(handlers)) {
      const settings = queues[name]
      if (!settings) throw new Error(`there is no queue ${name}`)
      const workers: string[] = []
      // A worker would pause after each job, and the others until they hear of one. Whoever has found a job wakes them all.
      const wake = () => workers.forEach((id) => boss.notifyWorker(id))
      const work = async ([job]: JobWithMetadata[]) => {
        wake()
        return job ? [await run(job, handler, log).finally(wake)] : []
      }
      const eager = { ...common(settings), pollingIntervalSeconds: pollSeconds, notifyPollingIntervalSeconds: pollSeconds }
      const patient = { ...eager, pollingIntervalSeconds: pollSeconds * 10, notifyPollingIntervalSeconds: pollSeconds * 10 }
      for (let n = 0; n < settings.concurrency; n++) workers.push(await boss.work(name, n < EAGER_WORKERS ? eager : patient, work))
      for (const lane of settings.lanes ?? []) workers.push(await boss.work(name, { ...eager, ...laneOptions(lane) }, work))
    }
  }

  async stop(graceMs: number): Promise<void> {
    await this.#boss?.stop({ graceful: true, timeout: graceMs })
  }
}

const common = ({ oneInGroup }: QueueSettings) => ({
  includeMetadata: true as const,
  perJobResults: true as const,
  // Counted here and not in the database, where workers that look at the same moment would all pass.
  ...(oneInGroup && { localGroupConcurrency: 1 }),
})

async function run(job: JobWithMetadata, handler: JobHandler, log: PgBossQueueOptions['log']): Promise<JobResult> {
  const { instance, payload } = job.data as { instance: string; payload: unknown }
  const last = job.retryCount >= job.retryLimit
  try {
    await handler({ instance, payload, key: keyOf(job, instance), signal: job.signal, last })
    return { id: job.id, status: 'completed' }
  } catch (error) {
    const hopeless = error instanceof JobHopeless
    const name = `${job.name} ${job.id}`
    log(error, `${name} of ${instance}${last || hopeless ? ', laid aside' : ''}`)
    // What is stored with the job is meant for operators, and short: causes may hold whole requests.
    const message = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 1000) : 'failed'
    return { id: job.id, status: hopeless ? 'deadletter' : 'failed', output: { message, told: toldFailure(error, name) } }
  }
}

/** Keys are kept apart by writing the instance in front of them. */
const keyOf = ({ singletonKey }: JobWithMetadata, instance: string) => singletonKey?.slice(instance.length + 1) ?? ''

function base(connection: QueueConnection): ConstructorOptions {
  const common = { schema: QUEUE_SCHEMA, application_name: 'vitrine-jobs' }
  return typeof connection === 'string' ? { ...common, connectionString: connection } : ({ ...connection, ...common } as ConstructorOptions)
}
