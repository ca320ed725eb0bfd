/**
 * Saves a stream of records in batches, a few at a time, and yields what was stored in the order it was given. Each batch
 * is one transaction of the server. The source is read only as fast as batches leave, so memory stays bounded.
 */
export interface SavedBatch<Given, Stored> {
  /** Position of the first record of this batch in the source. */
  readonly start: number
  readonly given: readonly Given[]
  readonly stored: readonly Stored[]
}

async function* chunksOf<T>(source: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[], void, undefined> {
  let chunk: T[] = []
  for await (const item of source) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

export async function* saveBatches<Given, Stored>(
  source: Iterable<Given> | AsyncIterable<Given>,
  save: (batch: Given[]) => Promise<readonly Stored[]>,
  limits: { readonly batchSize: number; readonly inFlight: number },
): AsyncGenerator<SavedBatch<Given, Stored>, void, undefined> {
  if (limits.batchSize < 1 || limits.inFlight < 1) throw new RangeError('batchSize and inFlight have to be at least 1')
  const waiting: Promise<SavedBatch<Given, Stored>>[] = []
  let start = 0
  try {
    for await (const given of chunksOf(source, limits.batchSize)) {
      const at = start
      start += given.length
      waiting.push(save(given).then((stored) => ({ start: at, given, stored })))
      // A failure is reported when its turn comes; until then it must not count as unhandled.
      waiting.at(-1)?.catch(() => undefined)
      if (waiting.length >= limits.inFlight) yield await (waiting.shift() as Promise<SavedBatch<Given, Stored>>)
    }
    while (waiting.length > 0) yield await (waiting.shift() as Promise<SavedBatch<Given, Stored>>)
  } finally {
    // Whoever stops early, or fails, must not leave saves behind that go on unseen.
    await Promise.allSettled(waiting)
  }
}
