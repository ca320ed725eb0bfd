/** Counts of failed sign-ins, shared by all servers of an instance. A subject is an opaque text. */
export interface FailureStore {
  /** The latest moment until which any of the subjects is blocked, or null when none is. */
  blockedUntil(subjects: readonly string[], now: Date): Promise<Date | null>
  /** Counts one failure of each subject; atomic, so that failures at the same moment all count. */
  record(limits: readonly SubjectLimit[], now: Date, blockMs: number): Promise<void>
  /** Forgets the subjects, unless one of them is blocked by now: then nothing is forgotten and the end of the block answered. */
  forget(subjects: readonly string[], now: Date): Promise<Date | null>
}

export interface SubjectLimit {
  readonly subject: string
  /** Failures after which the subject is blocked. */
  readonly attempts: number
}
