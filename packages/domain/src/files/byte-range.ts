/** Conditional requests and ranges (RFC 9110, 13 and 14), as far as a server of whole files needs them. */
import type { BlobRange } from '../ports/blob-store.ts'

export interface Validators {
  /** With quotes; strong, since bytes never change. */
  readonly etag: string
  readonly lastModified: Date
}

/** Whether the caller's copy is still good. An ETag, where one is sent, decides alone. */
export function isUnchanged(
  { ifNoneMatch, ifModifiedSince }: { ifNoneMatch?: string | undefined; ifModifiedSince?: string | undefined },
  now: Validators,
): boolean {
  if (ifNoneMatch !== undefined) return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === now.etag)
  if (ifModifiedSince === undefined) return false
  const since = Date.parse(ifModifiedSince)
  return !Number.isNaN(since) && Math.floor(now.lastModified.getTime() / 1000) <= Math.floor(since / 1000)
}

/**
 * The range that is to be answered; null for all of it, `unsatisfiable` when no byte lies in it. Several ranges and unknown units are
 * ignored, as they may be.
 */
export function rangeOf(
  { range, ifRange }: { range?: string | undefined; ifRange?: string | undefined },
  sizeBytes: number,
  now: Validators,
): BlobRange | null | 'unsatisfiable' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range?.replaceAll(' ', '') ?? '') ?? []
  if ((first === '' && last === '') || !isStillTheSame(ifRange, now)) return null
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes)
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, length }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return null
  if (start >= sizeBytes) return 'unsatisfiable'
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  return { start, length: end - start + 1 }
}

function isStillTheSame(ifRange: string | undefined, now: Validators): boolean {
  if (ifRange === undefined) return true
  if (ifRange.startsWith('"') || ifRange.startsWith('W/')) return ifRange === now.etag
  return Math.floor(now.lastModified.getTime() / 1000) === Math.floor(Date.parse(ifRange) / 1000)
}
