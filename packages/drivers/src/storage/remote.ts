/** What the stores that are spoken to over HTTP have in common. */
import { Readable } from 'node:stream'
import { BlobFailure, type BlobStore } from '@vitrine/domain/ports/blob-store'
import { abortFailure } from './abort.ts'

/** Null for what is not there. */
export function goneAlready(error: unknown): null {
  if (error instanceof BlobFailure && error.trouble === 'not-found') return null
  throw error
}

/** A part of no bytes cannot be asked for; but there has to be an object that has one. */
export async function nothingOf(store: BlobStore, key: string, start: number, signal: AbortSignal | undefined): Promise<Readable> {
  if (signal?.aborted) throw abortFailure(signal)
  const facts = await store.head(key)
  if (!facts) throw new BlobFailure('not-found', `there is no object ${key}`)
  if (start > facts.sizeBytes) throw new BlobFailure('corrupt', `${key} has ${facts.sizeBytes} bytes, not ${start}`)
  return Readable.from([])
}

/**
 * A last step after which an object is there, and is looked at. Where that fails, the object may be there all the same: the answer
 * may have got lost. So it is removed; what cannot be removed now is nothing that anybody knows of.
 */
export async function visibly(step: () => Promise<void>, remove: () => Promise<unknown>): Promise<void> {
  try {
    await step()
  } catch (error) {
    await remove().catch(() => undefined)
    const vanished = error instanceof BlobFailure && error.trouble === 'not-found'
    throw vanished ? new BlobFailure('corrupt', 'the store does not have what it has taken', error) : error
  }
}

/** Ends with either; not every caller has a signal. */
export const either = (one: AbortSignal | undefined, other: AbortSignal): AbortSignal => (one ? AbortSignal.any([one, other]) : other)
