/** What the storage of work on locations has to promise. */
import type { Trail } from '../events/new-event.ts'
import type { Finding, FindingKind, FindingState, NewTask, StorageTask, TaskEnd, TaskKind, TaskStep } from './storage-task.ts'

/** How far somebody has come since the last time. */
export interface Advance {
  readonly step: TaskStep
  readonly cursor: string
  readonly files: number
  readonly bytes: number
  /** Those that are known already are not told twice. */
  readonly findings: readonly Finding[]
  readonly trail: Trail
}

export interface SettledFinding {
  readonly storageKey: string
  readonly state: FindingState
  readonly message: string
}

export interface FindingPage {
  readonly kind: FindingKind | null
  readonly limit: number
  readonly offset: number
}

export interface FindingCounts {
  readonly byKind: Readonly<Record<FindingKind, number>>
  readonly settled: number
}

export interface TaskStore {
  /**
   * Adds it with its first job, or answers the one under way that does the same. Fails with ResourceNotFound when the location is
   * gone, with LocationMoveRefused when its files cannot go there, and with LocationBusy when other work would be in its way.
   */
  start(task: NewTask): Promise<StorageTask>
  find(id: number): Promise<StorageTask | undefined>
  /** The last one of that kind. */
  newest(kind: TaskKind, locationId: number): Promise<StorageTask | undefined>
  /** Says that somebody works on it now. Undefined when it has ended; one that was to stop ends with this. */
  begin(id: number): Promise<StorageTask | undefined>
  /** Answers it as it is then; undefined when it is gone. */
  advance(id: number, advance: Advance): Promise<StorageTask | undefined>
  /** How much there is to do, from what has been done and what is left. */
  setTotals(id: number, left: { readonly files: number; readonly bytes: number }): Promise<void>
  /** Leaves it to its next job, which is added with this. */
  rest(id: number): Promise<void>
  /** Told while it waits to be tried again. */
  setProblem(id: number, problem: string): Promise<void>
  /** An end at once where nobody works on it. */
  askToStop(id: number): Promise<void>
  /** One that has ended stays as it is. */
  end(id: number, state: TaskEnd, problem: string | null): Promise<void>
  /** In the order of keys. */
  findings(id: number, page: FindingPage): Promise<readonly Finding[]>
  /** Those that are to be settled, by key, behind `after`. */
  openFindings(id: number, after: string, limit: number): Promise<readonly Finding[]>
  counts(id: number): Promise<FindingCounts>
  settle(id: number, findings: readonly SettledFinding[]): Promise<void>
}
