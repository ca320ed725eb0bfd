/** Large bodies go to a store in parts. A part is held in memory until the store has it, so that it can be sent again. */
import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { orAbort } from './abort.ts'

export interface PartLimits {
  /** The size of a part, as long as that is enough. Bodies that are not larger go as a whole. */
  readonly partBytes: number
  /** What memory allows; objects of more than `maxParts` of these are refused as `full`. */
  readonly maxPartBytes: number
  readonly maxParts: number
  /** Parts on their way at a time. One more is being read, so this and one times the part size is held. */
  readonly parallel: number
}

/**
 * How large each part is. Where the size of the body is known, all have the same; else they grow after each tenth of the parts, so
 * that bodies of any size come through and small ones need little memory.
 */
export function partSizes({ partBytes, maxPartBytes, maxParts }: PartLimits, sizeBytes: number | undefined): (index: number) => number {
  const tooLarge = () => new BlobFailure('full', `the store takes no object of more than ${maxParts} parts of ${maxPartBytes} bytes`)
  if (sizeBytes !== undefined) {
    const needed = Math.max(partBytes, Math.ceil(sizeBytes / maxParts))
    if (needed > Math.max(partBytes, maxPartBytes)) throw tooLarge()
    return () => needed
  }
  return (index) => {
    if (index >= maxParts) throw tooLarge()
    return Math.min(Math.max(partBytes, maxPartBytes), partBytes * 2 ** Math.floor((index * 10) / maxParts))
  }
}

/** Cuts a body into parts, of which only the last one is smaller. A body without bytes has none. */
export async function* partsOf(body: AsyncIterable<Uint8Array>, sizeOf: (index: number) => number): AsyncGenerator<Buffer, void, undefined> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  let index = 0
  for await (let chunk of body) {
    while (heldBytes + chunk.byteLength >= sizeOf(index)) {
      const cut = sizeOf(index) - heldBytes
      yield Buffer.concat([...held, chunk.subarray(0, cut)])
      chunk = chunk.subarray(cut)
      held = []
      heldBytes = 0
      index++
      if (chunk.byteLength === 0) break
    }
    if (chunk.byteLength > 0) held.push(chunk)
    heldBytes += chunk.byteLength
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}

/** The first part alone, if there is no second one; an empty one if there is none. */
export async function wholeOrParts(parts: AsyncGenerator<Buffer, void, undefined>): Promise<Buffer | AsyncIterable<Buffer>> {
  const first = await parts.next()
  if (first.done) return Buffer.alloc(0)
  const second = await parts.next()
  return second.done ? first.value : chained([first.value, second.value], parts)
}

/** What has been handed on is not held any longer. */
async function* chained(begun: Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for (let part = begun.shift(); part; part = begun.shift()) yield part
  yield* rest
}

/**
 * Works on so many items at a time. The first failure ends everything: no more is taken, what is being done is told by its signal,
 * and only when that has ended does this fail, so that whoever clears up is not overtaken.
 */
export async function inParallel<T>(
  items: AsyncIterable<T> | Iterable<T>,
  width: number,
  work: (item: T, index: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const failures: unknown[] = []
  const running = new Set<Promise<void>>()
  const fail = (error: unknown) => {
    failures.push(error)
    stop.abort(error)
  }
  const start = (item: T, index: number) => {
    const task: Promise<void> = work(item, index, stop.signal)
      .catch(fail)
      .finally(() => running.delete(task))
    running.add(task)
  }
  try {
    const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
    for (let index = 0; !stop.signal.aborted; index++) {
      const step = await orAbort(Promise.resolve(iterator.next()), stop.signal)
      if (step.done) break
      start(step.value, index)
      if (running.size >= width) await Promise.race(running)
    }
  } catch (error) {
    fail(error)
  }
  await Promise.all(running)
  if (failures.length > 0) throw failures[0]
}
