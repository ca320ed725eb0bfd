/**
 * What lies in a location side by side with what is known of it, in one pass over both in the order of keys. Memory holds a page
 * of each, however much there is.
 */
import type { BlobFacts } from '../ports/blob-store.ts'
import type { LocatedFile } from './located-files.ts'

/** One of the two is there, or both. */
export interface Entry {
  readonly key: string
  readonly object: BlobFacts | null
  readonly file: LocatedFile | null
}

/** By UTF-8 bytes, as stores and the database have it; JavaScript compares otherwise. */
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

export async function* sideBySide(objects: AsyncIterable<BlobFacts>, files: AsyncIterable<LocatedFile>): AsyncGenerator<Entry> {
  const [left, right] = [objects[Symbol.asyncIterator](), files[Symbol.asyncIterator]()]
  try {
    let [object, file] = await Promise.all([next(left), next(right)])
    while (object || file) {
      const order = !object ? 1 : !file ? -1 : compare(object.key, file.storageKey)
      yield { key: (order <= 0 ? object?.key : file?.storageKey) ?? '', object: order <= 0 ? object : null, file: order >= 0 ? file : null }
      if (order <= 0) object = await next(left)
      if (order >= 0) file = await next(right)
    }
  } finally {
    await Promise.all([left.return?.(), right.return?.()])
  }
}

async function next<T>(iterator: AsyncIterator<T>): Promise<T | null> {
  const step = await iterator.next()
  return step.done ? null : step.value
}

/** Rows behind a key, page by page. */
export async function* filesBehind(page: (after: string) => Promise<readonly LocatedFile[]>, after: string): AsyncGenerator<LocatedFile> {
  for (let from = after; ;) {
    const files = await page(from)
    yield* files
    const last = files.at(-1)
    if (!last) return
    from = last.storageKey
  }
}

/** As many as one can go back to after a crash: few where they are large. */
export async function* inBatches(entries: AsyncIterable<Entry>, most: { readonly entries: number; readonly bytes: number }): AsyncGenerator<Entry[]> {
  let batch: Entry[] = []
  let bytes = 0
  for await (const entry of entries) {
    batch.push(entry)
    bytes += entry.file?.sizeBytes ?? 0
    if (batch.length < most.entries && bytes < most.bytes) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}
