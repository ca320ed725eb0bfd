/**
 * One turn of a move or a scrub, as a job. A turn that is cut short leaves the rest to the next; one that fails is tried again by
 * the queue, and ends the work only when the queue gives up.
 */
import { DomainError } from '../errors.ts'
import { BlobFailure } from '../ports/blob-store.ts'
import type { Clock } from '../ports/clock.ts'
import { SourceBroken } from './copy-file.ts'
import type { StorageTask, TaskKind } from './storage-task.ts'
import type { TaskStore } from './task-store.ts'
import { TaskTurn, type TaskRun } from './task-turn.ts'

export interface Worker {
  /** True when all is done; false when the turn is over. */
  work(task: StorageTask, turn: TaskTurn): Promise<boolean>
}

export interface RunPorts {
  readonly tasks: TaskStore
  readonly workers: Readonly<Record<TaskKind, Worker>>
  readonly clock: Clock
  readonly turnMs?: number
  readonly lookMs?: number
}

/** After so long, work of other instances gets its turn. */
const TURN_MS = 5 * 60 * 1000
const LOOK_MS = 2000

/** Fails to be tried again. */
export async function runTask(ports: RunPorts, id: number, run: TaskRun): Promise<void> {
  const { signal, last } = run
  const { tasks, workers, clock, turnMs = TURN_MS, lookMs = LOOK_MS } = ports
  const task = await tasks.begin(id)
  if (!task) return
  const turn = new TaskTurn({ tasks, clock, turnMs, lookMs }, id, run)
  try {
    const done = await workers[task.kind].work(task, turn)
    if (turn.stopped) await tasks.end(id, 'stopped', null)
    else if (done) await end(tasks, task)
    else {
      // A server that stops hands the job back, and somebody else goes on with it.
      signal.throwIfAborted()
      await tasks.rest(id)
    }
  } catch (error) {
    if (turn.stopped) return await tasks.end(id, 'stopped', null)
    if (signal.aborted) throw error
    if (last) await tasks.end(id, 'failed', told(error))
    else await tasks.setProblem(id, told(error))
    throw error
  } finally {
    turn.close()
  }
}

async function end(tasks: TaskStore, { id, kind }: StorageTask): Promise<void> {
  const { unmoved } = (await tasks.counts(id)).byKind
  if (kind === 'move' && unmoved > 0) await tasks.end(id, 'failed', `${unmoved} files could not be moved`)
  else await tasks.end(id, 'done', null)
}

/** What people may know of a failure. Of anything unforeseen only the log tells. */
function told(error: unknown): string {
  const cause = error instanceof DomainError || error instanceof SourceBroken ? error.cause : error
  if (cause instanceof BlobFailure) return cause.message
  return error instanceof DomainError ? error.message : 'something unforeseen happened; the log of the server has it'
}
