/** How far long work in the background is. An entry is known by the kind of work and by what it is about, and outlives every run. */
export interface Counts {
  readonly done: number
  /** Null while nobody knows. */
  readonly total: number | null
  readonly note: string | null
}

/** `waiting` for its first run, or for the next one after a failure. */
export type ProgressState = 'waiting' | 'running' | 'done' | 'failed' | 'stopped'

export interface StoredProgress extends Counts {
  readonly kind: string
  readonly subject: string
  readonly state: ProgressState
  readonly stopWanted: boolean
  readonly startedAt: Date | null
  readonly updatedAt: Date
  /** Set when it is done, failed or stopped. */
  readonly finishedAt: Date | null
}

export interface JobProgressStore {
  /** Last changed first, those of one kind if it is named, and how many there are on all pages. */
  list(page: { readonly kind: string | null; readonly limit: number; readonly offset: number }): Promise<{ count: number; entries: StoredProgress[] }>
  /** Notes that a run is under way. Work that had finished begins anew. Answers whether it is wanted to stop. */
  report(kind: string, subject: string, counts: Counts): Promise<boolean>
  /** Notes how a run has ended, and how far it came if that is known. Nothing happens where none is noted. */
  end(kind: string, subject: string, state: Exclude<ProgressState, 'running'>, counts: Counts | null): Promise<void>
  /** Leaves the wish that it stops; false where nothing is under way or waits. */
  askToStop(kind: string, subject: string): Promise<boolean>
  stopWanted(kind: string, subject: string): Promise<boolean>
}
