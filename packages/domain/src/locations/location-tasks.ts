/** Moves and scrubs of locations: beginning and ending them, and telling how far they have come. */
import type { Schemas } from '@vitrine/contract/instance'
import { DomainError, fail } from '../errors.ts'
import type { AnyJob } from '../jobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { Counters } from '../ports/counters.ts'
import type { JobWriter } from '../ports/queue.ts'
import type { LocationStore } from './location-store.ts'
import { runTask, type Worker } from './run-task.ts'
import type { FindingKind, NewTask, StorageTask, TaskKind } from './storage-task.ts'
import type { TaskStore } from './task-store.ts'
import type { TaskRun } from './task-turn.ts'

export type MoveDocument = Schemas['LocationMove']
export type ScrubDocument = Schemas['LocationScrub']

export interface LocationTaskPorts {
  readonly tasks: TaskStore
  readonly locations: Pick<LocationStore, 'find'>
  readonly workers: Readonly<Record<TaskKind, Worker>>
  readonly jobs: JobWriter<AnyJob>
  readonly counters: Counters
  readonly clock: Clock
  readonly turnMs?: number
}

export interface ScrubPage {
  readonly kind: Exclude<FindingKind, 'unmoved'> | null
  readonly limit: number
  readonly offset: number
}

const MOST_FAILED_TOLD = 1000
const DAY_MS = 86_400_000
/** A waiting job sees changes of the schedule only when it is run. */
const LONGEST_WAIT_MS = 7 * DAY_MS
const FIRST_FINDINGS: ScrubPage = { kind: null, limit: 100, offset: 0 }

export class LocationTasks {
  readonly #ports: LocationTaskPorts

  constructor(ports: LocationTaskPorts) {
    this.#ports = ports
  }

  async move(
    locationId: number,
    wish: { readonly target: number; readonly removeSource: boolean; readonly startedBy: number },
  ): Promise<MoveDocument> {
    const { target: targetId, removeSource, startedBy } = wish
    await this.#start({ kind: 'move', locationId, targetId, repair: false, removeSource, startedBy })
    return this.readMove(locationId)
  }

  async readMove(locationId: number): Promise<MoveDocument> {
    const { tasks } = this.#ports
    const task = await this.#newest('move', locationId)
    if (!task) return NO_MOVE
    const [{ byKind }, failed] = await Promise.all([
      tasks.counts(task.id),
      tasks.findings(task.id, { kind: 'unmoved', limit: MOST_FAILED_TOLD, offset: 0 }),
    ])
    return {
      state: task.state === 'waiting' ? 'running' : task.state,
      target: task.targetId,
      remove_source_copies: task.removeSource,
      ...timesOf(task),
      total_files: Math.max(task.filesTotal, task.filesDone + byKind.unmoved),
      done_files: task.filesDone,
      failed_files: byKind.unmoved,
      total_bytes: Math.max(task.bytesTotal, task.bytesDone),
      done_bytes: task.bytesDone,
      failed: failed.map(({ fileId, message }) => ({ file: fileId ?? 0, msg: message })),
    }
  }

  /** Where nothing is being moved, nothing happens. */
  async stopMove(locationId: number): Promise<MoveDocument> {
    const task = await this.#newest('move', locationId)
    if (task) await this.#ports.tasks.askToStop(task.id)
    return this.readMove(locationId)
  }

  async scrub(locationId: number, wish: { readonly repair: boolean; readonly startedBy: number | null }): Promise<ScrubDocument> {
    await this.#start({ kind: 'scrub', locationId, targetId: null, removeSource: false, ...wish })
    return this.readScrub(locationId, FIRST_FINDINGS)
  }

  async readScrub(locationId: number, { kind, limit, offset }: ScrubPage): Promise<ScrubDocument> {
    const { tasks } = this.#ports
    const task = await this.#newest('scrub', locationId)
    if (!task) return { ...NO_SCRUB, limit, offset }
    const [{ byKind, settled }, findings] = await Promise.all([tasks.counts(task.id), tasks.findings(task.id, { kind, limit, offset })])
    const { missing, extra, changed, unreadable } = byKind
    return {
      state: STATES[task.state],
      repair: task.repair,
      ...timesOf(task),
      checked: task.filesDone,
      ...{ missing, extra, changed, unreadable },
      repaired: settled,
      count: kind ? byKind[kind] : missing + extra + changed + unreadable,
      limit,
      offset,
      findings: findings.map(({ kind: of, storageKey, fileId, state, message }) => ({
        kind: of as Exclude<FindingKind, 'unmoved'>,
        key: storageKey,
        file: fileId,
        repaired: state === 'settled',
        msg: message,
      })),
    }
  }

  /** A turn of the work, as a job. */
  run(id: number, run: TaskRun): Promise<void> {
    return runTask(this.#ports, id, run)
  }

  /** Begins a scrub when its time has come, and comes again when the next one is due. Does nothing for a revision that has passed. */
  async scrubWhenDue(locationId: number, revision: number): Promise<void> {
    const { tasks, locations, jobs, clock } = this.#ports
    const location = await locations.find(locationId)
    if (!location || location.revision !== revision || location.scrubEveryDays === null) return
    const now = clock().getTime()
    const last = await tasks.newest('scrub', locationId)
    const since = (last?.createdAt ?? location.createdAt).getTime()
    const due = since + location.scrubEveryDays * DAY_MS
    const begun = due <= now && (await this.#startUnlessBusy(locationId))
    const wait = due > now ? due - now : begun ? location.scrubEveryDays * DAY_MS : DAY_MS
    const delaySeconds = Math.ceil(Math.min(wait, LONGEST_WAIT_MS) / 1000)
    await jobs.add([{ name: 'location-scrub-due', payload: { location: locationId, revision }, key: `${locationId} ${revision}`, delaySeconds }])
  }

  /** False while other work is done on the location. */
  async #startUnlessBusy(locationId: number): Promise<boolean> {
    try {
      await this.#start({ kind: 'scrub', locationId, targetId: null, repair: false, removeSource: false, startedBy: null })
      return true
    } catch (error) {
      if (error instanceof DomainError && error.code === 'LocationBusy') return false
      throw error
    }
  }

  async #start(task: Omit<NewTask, 'id'>): Promise<StorageTask> {
    const [id] = await this.#ports.counters.draw('storage_task', 1)
    if (id === undefined) throw new Error('no id was drawn')
    return this.#ports.tasks.start({ id, ...task })
  }

  async #newest(kind: TaskKind, locationId: number): Promise<StorageTask | undefined> {
    const task = await this.#ports.tasks.newest(kind, locationId)
    if (!task && !(await this.#ports.locations.find(locationId))) fail('ResourceNotFound', { resource: `location ${locationId}` })
    return task
  }
}

const timesOf = ({ createdAt, endedAt, problem }: StorageTask) => ({
  started_at: createdAt.toISOString(),
  ...(endedAt && { finished_at: endedAt.toISOString() }),
  ...(problem !== null && { status_msg: problem }),
})

/** Nobody stops a scrub, which changes nothing that is well. */
const STATES = { waiting: 'running', running: 'running', stopping: 'running', stopped: 'failed', done: 'done', failed: 'failed' } as const

const NO_MOVE: MoveDocument = {
  state: 'idle',
  target: null,
  remove_source_copies: true,
  ...{ total_files: 0, done_files: 0, failed_files: 0, total_bytes: 0, done_bytes: 0 },
  failed: [],
}

const NO_SCRUB: ScrubDocument = {
  state: 'idle',
  repair: false,
  ...{ checked: 0, missing: 0, extra: 0, changed: 0, unreadable: 0, repaired: 0, count: 0, limit: 0, offset: 0 },
  findings: [],
}
