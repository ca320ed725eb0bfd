/** Work on everything that lies in a location: moving it elsewhere, or reading it again. It goes on for days if it has to. */
export type TaskKind = 'move' | 'scrub'

/**
 * `waiting`: nobody works on it now, somebody will. `stopping`: somebody has asked for an end. The others are ends; `failed` also
 * where all was tried and some could not be done.
 */
export type TaskState = 'waiting' | 'running' | 'stopping' | 'stopped' | 'done' | 'failed'
export type TaskEnd = Extract<TaskState, 'stopped' | 'done' | 'failed'>

/** A move copies; a scrub reads, and repairs afterwards what it has found if that is wanted. */
export type TaskStep = 'copy' | 'read' | 'repair'

export interface NewTask {
  readonly id: number
  readonly kind: TaskKind
  readonly locationId: number
  /** Where a move leads to. */
  readonly targetId: number | null
  /** Whether a scrub puts right what it finds. */
  readonly repair: boolean
  /** Whether the old objects of a move go. */
  readonly removeSource: boolean
  /** Null for the server itself. */
  readonly startedBy: number | null
}

export interface StorageTask extends NewTask {
  readonly state: TaskState
  readonly step: TaskStep
  /** How far the step has come: the id of a file, or a key. */
  readonly cursor: string
  readonly filesTotal: number
  readonly bytesTotal: number
  readonly filesDone: number
  readonly bytesDone: number
  /** What keeps it from going on, or made it fail; for people. */
  readonly problem: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly endedAt: Date | null
}

/**
 * `unmoved`: could not be copied. `missing`: the row is there and the object is not. `changed`: the object is not what was stored.
 * `unreadable`: the store hands out others, but not this one. `extra`: an object that nothing names.
 */
export type FindingKind = 'unmoved' | 'missing' | 'changed' | 'unreadable' | 'extra'

/** `settled`: put right by the server. `passed`: when it was looked at again there was nothing wrong any more. */
export type FindingState = 'open' | 'settled' | 'passed'

export interface Finding {
  readonly storageKey: string
  readonly kind: FindingKind
  readonly fileId: number | null
  readonly state: FindingState
  /** For people. */
  readonly message: string
}

export const FIRST_STEP: Readonly<Record<TaskKind, TaskStep>> = { move: 'copy', scrub: 'read' }
