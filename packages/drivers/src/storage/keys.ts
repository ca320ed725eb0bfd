/**
 * Keys that every store can hold, so that a file can move to any of them: Azure takes a backslash for a slash and drops dots at
 * the end, folders have their dots, S3 and Swift have their lengths. Keys are made by the server; one that breaks the rules comes
 * from a fault or an attack, and is refused before anything is asked of a store.
 */
import { BlobFailure } from '@vitrine/domain/ports/blob-store'

/** In UTF-8, with the prefix of the store; S3 and Swift take no more. */
export const MAX_KEY_BYTES = 1024

/** The key as the store behind knows it. Fails with `denied` unless it is made of non-empty segments between single slashes. */
export function wholeKey(prefix: string, key: string): string {
  const whole = prefix + key
  const fine =
    key !== '' &&
    whole.isWellFormed() &&
    // oxlint-disable-next-line no-control-regex -- control characters are exactly what must not come through
    !/[\u0000-\u001f\u007f\\]/.test(whole) &&
    !whole.split('/').some((segment) => segment === '' || segment.endsWith('.')) &&
    Buffer.byteLength(whole) <= MAX_KEY_BYTES
  if (!fine) throw new BlobFailure('denied', `no object can have the key ${JSON.stringify(whole.slice(0, 100))}`)
  return whole
}

/** The order of listings. JavaScript compares UTF-16 units, which puts what lies beyond U+FFFF before U+E000. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
