import { fail } from '../errors.ts'

/** A save of a base type carries the stored version plus one; something new may leave it out or send 1. */
export function checkVersion(object: string, stored: number, received: number | undefined): void {
  const expected = stored + 1
  if (received === expected || (stored === 0 && received === undefined)) return
  const got = received ?? 0
  fail('VersionMismatch', { currentversion: stored, receivedversion: got, expectedversion: expected, got, expected, object })
}
