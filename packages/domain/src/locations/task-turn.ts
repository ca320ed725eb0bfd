/**
 * One turn of work on a location: as long as others can wait for theirs, and no longer than it is wanted. Whoever asks for an end
 * may do so on another server, so the row is looked at now and then.
 */
import type { Clock } from '../ports/clock.ts'
import type { TellsProgress } from '../jobs/run-progress.ts'
import type { StorageTask } from './storage-task.ts'
import type { TaskStore } from './task-store.ts'

/** The run of the job that the turn belongs to. */
export interface TaskRun extends TellsProgress {
  readonly signal: AbortSignal
  /** No repetition follows when this one fails. */
  readonly last: boolean
}

export interface TurnPorts {
  readonly tasks: Pick<TaskStore, 'find'>
  readonly clock: Clock
  readonly turnMs: number
  readonly lookMs: number
}

export class TaskTurn {
  readonly signal: AbortSignal
  readonly #ports: TurnPorts
  readonly #run: TaskRun
  readonly #until: number
  readonly #stop = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(ports: TurnPorts, task: number, run: TaskRun) {
    this.#ports = ports
    this.#run = run
    this.#until = ports.clock().getTime() + ports.turnMs
    this.signal = AbortSignal.any([run.signal, this.#stop.signal])
    this.#timer = setInterval(() => void this.#look(task), ports.lookMs)
    this.#timer.unref()
  }

  /** Somebody has asked for an end. What is under way is given up through the signal. */
  get stopped(): boolean {
    return this.#stop.signal.aborted
  }

  /** Nothing more is to be begun. */
  get isOver(): boolean {
    return this.signal.aborted || this.#ports.clock().getTime() >= this.#until
  }

  /** Tells others how far it has come, as its row says, and looks whether they want it to go on. */
  async told(task: StorageTask | undefined): Promise<void> {
    if (task?.state !== 'running') return this.#end()
    await this.#run.progress(task.filesDone, Math.max(task.filesTotal, task.filesDone))
    if (await this.#run.wantsStop()) this.#end()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(task: number): Promise<void> {
    // A database that does not answer says nothing; it will be asked again.
    const found = await this.#ports.tasks.find(task).catch(() => null)
    if (found === undefined || found?.state === 'stopping') this.#end()
  }

  /** What is under way is given up, and nothing more is begun. */
  #end(): void {
    this.#stop.abort(new Error('somebody has asked for an end'))
  }
}
