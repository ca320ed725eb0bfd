/**
 * What happens in an instance, as it happens: reads on from the last event again and again, at once while there is more, and
 * after a growing pause while there is not. The server promises that reading on from a number misses nothing, so the number
 * of the last event is all that has to be remembered between two runs.
 */
import { ConnectionError, VitrineError } from './errors.ts'
import type { components } from './gen/types.ts'

export type VitrineEvent = components['schemas']['Event']

export interface EventsOptions {
  /** Number of the last event that is known already; without it, what happens from now on. */
  readonly from?: number
  readonly signal?: AbortSignal
  /** Events to ask for at once, at most 1000. */
  readonly pageSize?: number
  /** Pause after there was nothing new; it grows up to the longest one. */
  readonly shortestMs?: number
  readonly longestMs?: number
}

export interface EventSource {
  /** Where to begin when nobody says. */
  readonly newest: () => Promise<number>
  readonly poll: (from: number, limit: number) => Promise<readonly VitrineEvent[]>
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

const GROWTH = 1.5

export async function* followEvents(source: EventSource, options: EventsOptions): AsyncGenerator<VitrineEvent, void, undefined> {
  const { signal, pageSize = 500, shortestMs = 1000, longestMs = 15_000 } = options
  if (!Number.isSafeInteger(pageSize) || pageSize < 1 || pageSize > 1000) throw new RangeError('pageSize has to be a whole number from 1 to 1000')
  let from = options.from ?? (await source.newest())
  for (let pause = shortestMs; ;) {
    const events = await page(source, from, pageSize)
    for (const event of events) {
      from = event.event._id
      yield event
    }
    if (events.length > 0) pause = shortestMs
    if (events.length === pageSize) continue
    await source.sleep(pause, signal)
    pause = Math.min(pause * GROWTH, longestMs)
  }
}

/** A server that cannot be reached for a while is like one where nothing happens; what it refuses ends everything. */
async function page(source: EventSource, from: number, limit: number): Promise<readonly VitrineEvent[]> {
  try {
    return await source.poll(from, limit)
  } catch (error) {
    const passing = error instanceof ConnectionError || (error instanceof VitrineError && (error.status >= 500 || error.status === 429))
    if (!passing) throw error
    return []
  }
}
