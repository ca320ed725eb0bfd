/** Whether a stored object is what it was when it was stored: found out by reading all of it, and asked twice before it is said. */
import { GRACE_MS } from '../files/keep-bytes.ts'
import { BlobFailure, type BlobFacts, type BlobStore } from '../ports/blob-store.ts'
import type { Clock } from '../ports/clock.ts'
import { atOnce } from './at-once.ts'
import type { LocatedFile, LocatedFiles } from './located-files.ts'
import type { OpenLocation } from './open-locations.ts'
import { readWhole } from './read-whole.ts'
import type { Entry } from './scrub-walk.ts'
import type { Finding, FindingKind } from './storage-task.ts'

const READ_AT_ONCE = 3

export interface JudgePorts {
  readonly files: Pick<LocatedFiles, 'at' | 'named'>
  readonly clock: Clock
}

export interface Verdict {
  readonly kind: Exclude<FindingKind, 'unmoved' | 'extra'>
  readonly message: string
}

export interface Judged {
  readonly findings: readonly Finding[]
  /** Files whose bytes are as they should be. */
  readonly well: readonly LocatedFile[]
  readonly bytes: number
}

/** Fails when the location itself does not work. */
export async function judge(ports: JudgePorts, { location, store }: OpenLocation, batch: readonly Entry[], signal: AbortSignal): Promise<Judged> {
  const files = batch.flatMap(({ file }) => file ?? [])
  const suspects = new Set<string>()
  await atOnce(files, READ_AT_ONCE, async (file) => {
    if (await verdictOn(store, file, signal)) suspects.add(file.storageKey)
  })
  // It may have been moved or removed while it was being read.
  const still = suspects.size > 0 ? await ports.files.at(location.id, [...suspects]) : []
  const wrong = await atOnce(still, READ_AT_ONCE, async (file) => findingOf(file, await verdictOn(store, file, signal)))
  const strangers = batch.flatMap(({ object, file }) => (object && !file && isOld(object, ports.clock) ? [object.key] : []))
  const extra = await unnamed(ports, store, strangers)
  return {
    findings: [...wrong.flat(), ...extra.map(extraOf)],
    well: files.filter(({ storageKey }) => !suspects.has(storageKey)),
    bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }
}

/** Null when all is well. Fails when the location itself does not work. */
export async function verdictOn(store: BlobStore, file: LocatedFile, signal: AbortSignal): Promise<Verdict | null> {
  try {
    const found = await readWhole(store, file.storageKey, signal)
    if (found.sizeBytes !== file.sizeBytes) return { kind: 'changed', message: `there are ${found.sizeBytes} bytes instead of ${file.sizeBytes}` }
    return found.sha256 === file.sha256 ? null : { kind: 'changed', message: 'the SHA-256 of the bytes is another one' }
  } catch (error) {
    if (!(error instanceof BlobFailure) || error.trouble === 'aborted') throw error
    if (error.trouble === 'not-found') return { kind: 'missing', message: 'the object is not there' }
    if (error.trouble === 'corrupt') return { kind: 'changed', message: error.message }
    // A store that gives nothing to anybody is down; one that holds back a single object has lost it as good as.
    await store.check({ write: false })
    return { kind: 'unreadable', message: error.message }
  }
}

/** Those of the keys that nothing names and under which there is something, as it stands now. */
export async function unnamed({ files }: Pick<JudgePorts, 'files'>, store: BlobStore, keys: readonly string[]): Promise<string[]> {
  const named = await files.named(keys)
  const there = await atOnce(
    keys.filter((key) => !named.has(key)),
    READ_AT_ONCE,
    async (key) => ((await store.head(key)) ? [key] : []),
  )
  return there.flat()
}

/** One whose age nobody knows may be new. */
export const isOld = ({ modifiedAt }: BlobFacts, clock: Clock): boolean => modifiedAt !== null && clock().getTime() - modifiedAt.getTime() > GRACE_MS

const findingOf = ({ id, storageKey }: LocatedFile, verdict: Verdict | null): Finding[] =>
  verdict ? [{ ...verdict, storageKey, fileId: id, state: 'open' }] : []

const extraOf = (storageKey: string): Finding => ({ storageKey, kind: 'extra', fileId: null, state: 'open', message: 'nothing names the object' })
