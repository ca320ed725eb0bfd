/** How far a file is followed before it is given up. Each limit ends in a `MediaFailure` that names it. */
export interface MediaLimits {
  /** Of one image, before and after: width times height. */
  readonly pixels: number
  /** Of a file that can only be opened as a whole: drawings, HEIC, JPEG 2000, BMP, PSD. */
  readonly wholeFileBytes: number
  /** Of one made image. */
  readonly outputBytes: number
  /** Resident memory of one process that has a file open. */
  readonly memoryBytes: number
  readonly readMs: number
  readonly imageMs: number
  /** How long a task waits for a free process. */
  readonly waitMs: number
}

const MIB = 1024 * 1024

export const MEDIA_LIMITS: MediaLimits = {
  pixels: 300_000_000,
  wholeFileBytes: 512 * MIB,
  outputBytes: 2048 * MIB,
  memoryBytes: 1536 * MIB,
  readMs: 60_000,
  imageMs: 120_000,
  waitMs: 300_000,
}
