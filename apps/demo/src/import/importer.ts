/**
 * Brings records of one type in. What is there is asked of the server, by the source's ids, and passed over: so a run that
 * was broken off at any moment is completed by running again, whatever became of the requests that were on their way.
 * Every request is one transaction; there are no halves.
 */
import { isVitrineError, type Vitrine } from '@vitrine/sdk'
import { sourceMask } from '../model/masks.ts'
import type { Objecttype } from '../model/tables.ts'
import { Progress, type Screen } from '../progress.ts'
import type { NewRecord } from './records.ts'

export interface ImportLimits {
  readonly batch: number
  readonly inFlight: number
}

/** One wave after the other: what the records of a wave link to is there before it begins. */
export interface ImportJob {
  readonly type: Objecttype
  readonly total: number
  readonly waves: readonly (() => Iterable<NewRecord> | AsyncIterable<NewRecord>)[]
}
export interface ImportResult {
  readonly type: Objecttype
  readonly total: number
  readonly imported: number
  readonly before: number
  readonly seconds: number
}

/** A request of an earlier run may finish after this one has asked what is there; then it is asked again. */
const ATTEMPTS = 3
const PAGE = 1000

export function sourceIdOf(record: NewRecord, type: Objecttype): number | undefined {
  const content = record[type]
  if (typeof content !== 'object' || content === null || !('source_id' in content)) return undefined
  return typeof content.source_id === 'number' ? content.source_id : undefined
}

export async function presentIds(sdk: Vitrine, type: Objecttype): Promise<Set<number>> {
  const ids = new Set<number>()
  for await (const record of sdk.objects(type, { mask: sourceMask(type), format: 'long', pageSize: PAGE })) {
    const id = sourceIdOf(record, type)
    if (id !== undefined) ids.add(id)
  }
  return ids
}

/** A source may have the same thing on two lines; the first one counts. */
async function* missing(
  records: Iterable<NewRecord> | AsyncIterable<NewRecord>,
  type: Objecttype,
  present: ReadonlySet<number>,
): AsyncGenerator<NewRecord, void, undefined> {
  const seen = new Set<number>()
  for await (const record of records) {
    const id = sourceIdOf(record, type)
    if (id === undefined || present.has(id) || seen.has(id)) continue
    seen.add(id)
    yield record
  }
}

export async function importRecords(sdk: Vitrine, job: ImportJob, limits: ImportLimits, screen: Screen): Promise<ImportResult> {
  const started = performance.now()
  let present = await presentIds(sdk, job.type)
  const before = present.size
  let imported = 0
  const progress = new Progress(screen, `${job.type}s`, job.total, before)
  const options = { batchSize: limits.batch, inFlight: limits.inFlight, query: { format: 'short', skip_index: true } } as const
  for (let attempt = 1; ; attempt += 1) {
    try {
      for (const wave of job.waves)
        for await (const batch of sdk.saveInBatches(job.type, missing(wave(), job.type, present), options)) {
          imported += batch.stored.length
          progress.advance(batch.stored.length)
        }
      break
    } catch (error) {
      if (!isVitrineError(error, 'DatabaseUniqueKeyViolation') || attempt === ATTEMPTS) throw error
      present = await presentIds(sdk, job.type)
      progress.advance(present.size - before - imported)
      imported = present.size - before
    }
  }
  progress.finish()
  return { type: job.type, total: job.total, imported, before, seconds: (performance.now() - started) / 1000 }
}
