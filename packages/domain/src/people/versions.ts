import { fail } from '../errors.ts'

/** A save of a base type carries the stored version plus one; something new may leave it out or send 1. */
export function checkVersion(object: string, stored: number, received: number | undefined): void {
  const expected = stored + 1
  if (received === expected || (stored === 0 && received === undefined)) return
  const got = received ?? 0
  fail('VersionMismatch', { currentversion: stored, receivedversion: got, expectedversion: expected, got, expected, object })
}

/** The next of the ids that were drawn for what is new in a request. */
export function nextOf(fresh: number[]): number {
  const id = fresh.shift()
  if (id === undefined) throw new Error('fewer ids were drawn than there are new things')
  return id
}
