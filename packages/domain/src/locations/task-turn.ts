/**
 * One turn of work on a location: as long as others can wait for theirs, and no longer than it is wanted. Whoever asks for an end
 * may do so on another server, so the row is looked at now and then.
 */
import type { Clock } from '../ports/clock.ts'
import type { TaskStore } from './task-store.ts'

export interface TurnPorts {
  readonly tasks: Pick<TaskStore, 'find'>
  readonly clock: Clock
  readonly turnMs: number
  readonly lookMs: number
}

export class TaskTurn {
  readonly signal: AbortSignal
  readonly #ports: TurnPorts
  readonly #until: number
  readonly #stop = new AbortController()
  readonly #timer: NodeJS.Timeout

  /** `signal` is that of the job. */
  constructor(ports: TurnPorts, task: number, signal: AbortSignal) {
    this.#ports = ports
    this.#until = ports.clock().getTime() + ports.turnMs
    this.signal = AbortSignal.any([signal, this.#stop.signal])
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

  /** What is under way is given up, and nothing more is begun. */
  stop(): void {
    this.#stop.abort(new Error('somebody has asked for an end'))
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(task: number): Promise<void> {
    // A database that does not answer says nothing; it will be asked again.
    const found = await this.#ports.tasks.find(task).catch(() => null)
    if (found === undefined || found?.state === 'stopping') this.stop()
  }
}
