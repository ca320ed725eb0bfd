/**
 * Moves all files of a location to another one while they are served. A file lies in one place or the other at every moment; what
 * is killed half-way is begun again. New files may go on arriving at the source: it is looked through until nothing is left but
 * what could not be moved.
 */
import { DomainError } from '../errors.ts'
import type { Trail } from '../events/new-event.ts'
import { GRACE_MS, type KeepBytes } from '../files/keep-bytes.ts'
import { BlobFailure } from '../ports/blob-store.ts'
import type { Clock } from '../ports/clock.ts'
import { atOnce } from './at-once.ts'
import { copyFile, SourceBroken, type Copy } from './copy-file.ts'
import type { LocatedFile, LocatedFiles } from './located-files.ts'
import type { OpenLocations } from './open-locations.ts'
import type { Finding, StorageTask } from './storage-task.ts'
import type { TaskStore } from './task-store.ts'
import type { TaskTurn } from './task-turn.ts'

export interface MovePorts {
  readonly tasks: Pick<TaskStore, 'advance' | 'setTotals'>
  readonly files: LocatedFiles
  readonly keeper: KeepBytes
  readonly locations: OpenLocations
  readonly clock: Clock
  /** How long an old object stays for those who are reading it. */
  readonly graceMs?: number
}

const PAGE = 32
const COPIES_AT_ONCE = 4

export class FileMover {
  readonly #ports: MovePorts

  constructor(ports: MovePorts) {
    this.#ports = ports
  }

  /** True when nothing is left; false when the turn is over. Fails when one of the locations does not work. */
  async work(task: StorageTask, turn: TaskTurn): Promise<boolean> {
    const { tasks, files } = this.#ports
    for (let after = Number(task.cursor); !turn.isOver;) {
      const page = await files.page(task.locationId, after, PAGE, task.id)
      const last = page.at(-1)
      if (last) {
        await this.#movePage(task, page, turn)
        if (turn.isOver) return false
        after = last.id
        await turn.told(await tasks.advance(task.id, { ...NOTHING_MORE, cursor: String(after) }))
      } else if (after === 0) return true
      else {
        // Ids are drawn in blocks by several servers, so a file that has come since may stand anywhere.
        after = 0
        await tasks.setTotals(task.id, await files.left(task.locationId, task.id))
      }
    }
    return false
  }

  async #movePage(task: StorageTask, page: readonly LocatedFile[], turn: TaskTurn): Promise<void> {
    const { locations } = this.#ports
    const [from, to] = [await locations.byId(task.locationId), await locations.byId(task.targetId ?? 0)]
    await atOnce(page, COPIES_AT_ONCE, async (file) => {
      if (turn.isOver) return
      try {
        await this.#moveOne(task, { file, from, to, signal: turn.signal })
      } catch (error) {
        const why = turn.signal.aborted ? null : ofOneFile(error)
        if (why) await this.#giveUp(task, file, why.message)
        if (!why?.goesOn) throw error
      }
    })
  }

  async #moveOne(task: StorageTask, copy: Copy): Promise<void> {
    const { files, keeper, clock, graceMs = GRACE_MS } = this.#ports
    const { file } = copy
    const kept = await copyFile(keeper, copy)
    const keepOldUntil = task.removeSource ? new Date(clock().getTime() + graceMs) : null
    const trail = trailOf('FILE_MOVE', task, file)
    const switched = await files.switchPlace({ file, to: kept, keepOldUntil, trail, task: task.id, problem: file.problem })
    // It is gone, or somebody else has moved it.
    if (!switched) await keeper.giveBack([kept])
  }

  async #giveUp(task: StorageTask, file: LocatedFile, message: string): Promise<void> {
    const finding: Finding = { storageKey: file.storageKey, kind: 'unmoved', fileId: file.id, state: 'open', message }
    const trail = trailOf('FILE_MOVE_ERROR', task, file, message)
    await this.#ports.tasks.advance(task.id, { ...NOTHING_MORE, cursor: task.cursor, findings: [finding], trail })
  }
}

const NOTHING_MORE = { step: 'copy', files: 0, bytes: 0, findings: [], trail: { events: [], actor: null } } as const

function trailOf(type: 'FILE_MOVE' | 'FILE_MOVE_ERROR', task: StorageTask, file: LocatedFile, error?: string): Trail {
  const info = { from: task.locationId, to: task.targetId, size: file.sizeBytes, ...(error !== undefined && { error }) }
  return { events: [{ type, basetype: 'file', objectId: file.id, info }], actor: null }
}

/**
 * A failure that is about the one file. An object that is lost or spoilt where it lies keeps no other from being moved. One that the
 * target will not take, or garbles, is left aside as well, but makes the whole wait: the next one may fare the same.
 */
function ofOneFile(error: unknown): { readonly message: string; readonly goesOn: boolean } | null {
  if (error instanceof SourceBroken) return error.ofOne ? { message: error.message, goesOn: true } : null
  const cause = error instanceof DomainError ? error.cause : error
  if (!(cause instanceof BlobFailure)) return null
  return cause.trouble === 'full' || cause.trouble === 'corrupt' ? { message: cause.message, goesOn: false } : null
}
