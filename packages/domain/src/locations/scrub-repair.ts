/**
 * Puts right what a scrub has found, each thing only after it has been looked at once more. Bytes come back from a file with the same
 * content; versions that the server has made are made again; what nothing names is left to the journal. An original of which there
 * is no other copy stays as it is.
 */
import { GRACE_MS, type KeepBytes } from '../files/keep-bytes.ts'
import type { Clock } from '../ports/clock.ts'
import { copyFile, SourceBroken } from './copy-file.ts'
import type { LocatedFile, LocatedFiles } from './located-files.ts'
import type { OpenLocation, OpenLocations } from './open-locations.ts'
import { isOld, unnamed, verdictOn } from './scrub-judge.ts'
import type { Finding, StorageTask } from './storage-task.ts'
import type { SettledFinding } from './task-store.ts'

export interface RepairPorts {
  readonly files: LocatedFiles
  readonly keeper: KeepBytes
  readonly locations: OpenLocations
  readonly clock: Clock
  /** Has versions made again that the server has made before. */
  readonly remake: (fileIds: readonly number[]) => Promise<void>
}

const MOST_TWINS = 20
/** Keys that this server makes; whatever else lies there was put there by somebody. */
const OURS = /^(originals|versions|backups)\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Says what has become of each. Fails when the location does not work. */
export async function repair(
  ports: RepairPorts,
  {
    task,
    at,
    findings,
    signal,
  }: { readonly task: StorageTask; readonly at: OpenLocation; readonly findings: readonly Finding[]; readonly signal: AbortSignal },
): Promise<SettledFinding[]> {
  const settled: SettledFinding[] = []
  const here = new Map(
    (
      await ports.files.at(
        at.location.id,
        findings.map(({ storageKey }) => storageKey),
      )
    ).map((file) => [file.storageKey, file]),
  )
  for (const finding of findings) {
    if (signal.aborted) throw signal.reason
    const file = here.get(finding.storageKey)
    if (finding.kind === 'extra') settled.push(await removeExtra(ports, at, finding))
    else if (!file) settled.push({ storageKey: finding.storageKey, state: 'passed', message: 'the file does not lie there any more' })
    else settled.push(await bringBack(ports, { task, at, file, finding, signal }))
  }
  return settled
}

async function removeExtra(ports: RepairPorts, { location, store }: OpenLocation, { storageKey, message }: Finding): Promise<SettledFinding> {
  const facts = await store.head(storageKey)
  if (!facts || (await unnamed(ports, store, [storageKey])).length === 0)
    return { storageKey, state: 'passed', message: 'it is gone, or something has come to name it' }
  if (!OURS.test(storageKey)) return { storageKey, state: 'open', message: 'it was not stored by this server, and is left alone' }
  if (!isOld(facts, ports.clock)) return { storageKey, state: 'open', message }
  const left = await ports.files.discard(location.id, [storageKey])
  return left.length > 0
    ? { storageKey, state: 'settled', message: 'it is being removed' }
    : { storageKey, state: 'passed', message: 'something has come to name it' }
}

interface Damage {
  readonly task: StorageTask
  readonly at: OpenLocation
  readonly file: LocatedFile
  readonly finding: Finding
  readonly signal: AbortSignal
}

async function bringBack(ports: RepairPorts, damage: Damage): Promise<SettledFinding> {
  const { at, file, finding, signal } = damage
  const { storageKey } = file
  const verdict = await verdictOn(at.store, file, signal)
  if (!verdict) {
    if (file.problem !== null && isOurs(file.problem)) await ports.files.setProblems([{ id: file.id, problem: null }])
    return { storageKey, state: 'passed', message: 'the bytes are there and as they should be' }
  }
  for (const twin of await ports.files.twins(file, MOST_TWINS)) {
    if (await copiedFrom(ports, twin, damage)) return { storageKey, state: 'settled', message: `the bytes were copied from the file ${twin.id}` }
  }
  if (file.kind !== 'rendition') return { storageKey, state: 'open', message: `${finding.message}; there is no other copy` }
  await ports.remake([file.id])
  return { storageKey, state: 'settled', message: 'the version is being made again' }
}

/** False when the twin has no good bytes either, or the file is not what it was. */
async function copiedFrom({ files, keeper, locations, clock }: RepairPorts, twin: LocatedFile, damage: Damage): Promise<boolean> {
  const { task, at, file, signal } = damage
  try {
    const from = await locations.byId(twin.locationId)
    const kept = await copyFile(keeper, { file: { ...twin, kind: file.kind, mimeType: file.mimeType }, from, to: at, signal })
    const problem = file.problem !== null && isOurs(file.problem) ? null : file.problem
    const trail = { events: [], actor: null }
    const switched = await files.switchPlace({ file, to: kept, keepOldUntil: new Date(clock().getTime() + GRACE_MS), trail, task: task.id, problem })
    if (!switched) await keeper.giveBack([kept])
    return switched
  } catch (error) {
    if (error instanceof SourceBroken) return false
    throw error
  }
}

/** What is said of a file whose bytes are lost; `null` for what may come back by itself. */
export const PROBLEMS: Readonly<Record<Finding['kind'], string | null>> = {
  missing: 'the stored bytes are missing',
  changed: 'the stored bytes are not those that came',
  unreadable: null,
  extra: null,
  unmoved: null,
}
export const isOurs = (problem: string): boolean => Object.values(PROBLEMS).includes(problem)
