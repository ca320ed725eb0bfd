/** Trying a location out, and saying what came of it without giving anything away. */
import { BlobFailure, type BlobStore, type BlobTrouble } from '../ports/blob-store.ts'
import type { LocationStatus } from './location.ts'

export interface Probe {
  readonly status: LocationStatus
  /** For people; empty when all is well. */
  readonly message: string
}

/** Whoever saves a location waits for the answer of a store that may be far away, or gone. */
const PATIENCE_MS = 15_000
const LONGEST_MESSAGE = 500
/** Shorter ones would blot out half of every message, and are no secrets. */
const SHORTEST_SECRET = 4

const STATUS: Readonly<Record<BlobTrouble, LocationStatus>> = {
  unavailable: 'not accessible',
  aborted: 'not accessible',
  denied: 'error',
  misconfigured: 'error',
  corrupt: 'error',
  full: 'error',
  'not-found': 'error',
}

export interface ProbeOptions {
  readonly write: boolean
  /**
   * Something lies there already, so the place has to be there. One that is missing must not be made anew: a disk that is not mounted
   * would be written to in its absence.
   */
  readonly isUsed: boolean
  readonly secrets: () => readonly string[]
  readonly patienceMs?: number
}

/** Opens what `open` answers, tries it and closes it again. Never fails: what goes wrong is the answer. */
export async function probe(open: () => BlobStore, options: ProbeOptions): Promise<Probe> {
  const { secrets, patienceMs = PATIENCE_MS } = options
  let late: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    const told = () => reject(new BlobFailure('unavailable', `there was no answer within ${patienceMs / 1000} seconds`))
    late = setTimeout(told, patienceMs)
  })
  try {
    await Promise.race([tried(open, options), limit])
    return { status: 'connected', message: '' }
  } catch (error) {
    if (error instanceof BlobFailure) return { status: STATUS[error.trouble], message: withoutSecrets(error.message, secrets()) }
    // Anything else comes from inside; what it says is for nobody outside.
    return { status: 'error', message: 'the location cannot be opened' }
  } finally {
    clearTimeout(late)
  }
}

/** A store that hangs is closed when it comes back, whether or not anybody still waits. */
async function tried(open: () => BlobStore, { write, isUsed }: ProbeOptions): Promise<void> {
  const store = open()
  try {
    if (isUsed) await store.check({ write: false })
    if (write || !isUsed) await store.check({ write })
  } finally {
    await store.close()
  }
}

/** Stores may repeat what they were sent. Secrets are taken out in every form in which they may have been sent. */
export function withoutSecrets(message: string, secrets: readonly string[]): string {
  const parts = secrets.flatMap((secret) => [secret, ...secret.split(/[;=]/)]).filter((part) => part.length >= SHORTEST_SECRET)
  const forms = parts.flatMap((part) => [part, encodeURIComponent(part), Buffer.from(part).toString('base64')])
  const longestFirst = [...new Set(forms)].toSorted((a, b) => b.length - a.length)
  return longestFirst.reduce((text, form) => text.replaceAll(form, '***'), message).slice(0, LONGEST_MESSAGE)
}
