/**
 * Reads everything that lies in a location, holds it against what is known, and reports what is missing, changed or extra; then
 * puts right what it can, if that is wanted. Goes on where it was when it is interrupted.
 */
import { GRACE_MS } from '../files/keep-bytes.ts'
import type { LocatedFile } from './located-files.ts'
import type { OpenLocation } from './open-locations.ts'
import { judge } from './scrub-judge.ts'
import { isOurs, PROBLEMS, repair, type RepairPorts } from './scrub-repair.ts'
import { filesBehind, inBatches, sideBySide } from './scrub-walk.ts'
import type { Finding, StorageTask } from './storage-task.ts'
import type { TaskStore } from './task-store.ts'
import type { TaskTurn } from './task-turn.ts'

export interface ScrubPorts extends RepairPorts {
  readonly tasks: Pick<TaskStore, 'advance' | 'openFindings' | 'settle'>
}

const ROWS = 500
const BATCH = { entries: 64, bytes: 256 * 1024 * 1024 }
const REPAIR_PAGE = 20
const NO_TRAIL = { events: [], actor: null }

export class Scrubber {
  readonly #ports: ScrubPorts

  constructor(ports: ScrubPorts) {
    this.#ports = ports
  }

  /** True when all is done; false when the turn is over. Fails when the location does not work. */
  async work(task: StorageTask, turn: TaskTurn): Promise<boolean> {
    const at = await this.#ports.locations.byId(task.locationId)
    if (task.step === 'read') {
      if (!(await this.#read(task, at, turn))) return false
      if (!at.location.readOnly) await at.store.tidy(GRACE_MS)
      await this.#ports.tasks.advance(task.id, { step: 'repair', cursor: '', files: 0, bytes: 0, findings: [], trail: NO_TRAIL })
    }
    // Nothing is written to a location that is read only, not even what it lacks.
    if (!task.repair || at.location.readOnly) return true
    return this.#repair(task, at, turn)
  }

  async #read(task: StorageTask, at: OpenLocation, turn: TaskTurn): Promise<boolean> {
    const { tasks, files } = this.#ports
    const objects = at.store.list('', { signal: turn.signal, ...(task.cursor !== '' && { after: task.cursor }) })
    const rows = filesBehind((after) => files.pageByKey(task.locationId, after, ROWS), task.cursor)
    for await (const batch of inBatches(sideBySide(objects, rows), BATCH)) {
      const { findings, well, bytes } = await judge(this.#ports, at, batch, turn.signal)
      await this.#tellFiles(findings, well)
      const cursor = batch.at(-1)?.key ?? task.cursor
      const read = batch.filter(({ file }) => file).length
      await turn.told(await tasks.advance(task.id, { step: 'read', cursor, files: read, bytes, findings, trail: NO_TRAIL }))
      if (turn.isOver) return false
    }
    return true
  }

  /** Whoever looks at a file sees that its bytes are lost, and that they are not any more. Versions are made again sooner or later. */
  async #tellFiles(findings: readonly Finding[], well: readonly LocatedFile[]): Promise<void> {
    const lost = findings.flatMap(({ fileId, kind }) => (fileId !== null && PROBLEMS[kind] !== null ? [{ id: fileId, problem: PROBLEMS[kind] }] : []))
    const found = well.flatMap(({ id, problem }) => (problem !== null && isOurs(problem) ? [{ id, problem: null }] : []))
    await this.#ports.files.setProblems([...lost, ...found])
  }

  async #repair(task: StorageTask, at: OpenLocation, turn: TaskTurn): Promise<boolean> {
    const { tasks } = this.#ports
    for (let after = task.step === 'repair' ? task.cursor : ''; ;) {
      const findings = await tasks.openFindings(task.id, after, REPAIR_PAGE)
      const last = findings.at(-1)
      if (!last) return true
      await tasks.settle(task.id, await repair(this.#ports, { task, at, findings, signal: turn.signal }))
      after = last.storageKey
      await turn.told(await tasks.advance(task.id, { step: 'repair', cursor: after, files: 0, bytes: 0, findings: [], trail: NO_TRAIL }))
      if (turn.isOver) return false
    }
  }
}
