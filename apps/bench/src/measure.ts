/** Runs an operation over and over with several callers at once, for a bounded time, and counts. */

/** The operations that are compared. `create` makes so many records in one request. */
export interface Operations {
  create(count: number): Promise<unknown>
  read(): Promise<unknown>
  list(limit: number): Promise<unknown>
  update(): Promise<unknown>
}

export interface Measured {
  readonly perSecond: number
  readonly medianMs: number
  readonly p95Ms: number
}

const WARM_UP_MS = 700

export async function measure(run: () => Promise<unknown>, { callers, forMs }: { callers: number; forMs: number }): Promise<Measured> {
  await loop(run, callers, WARM_UP_MS, [])
  const times: number[] = []
  const started = performance.now()
  await loop(run, callers, forMs, times)
  const seconds = (performance.now() - started) / 1000
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { perSecond: times.length / seconds, medianMs: at(0.5), p95Ms: at(0.95) }
}

async function loop(run: () => Promise<unknown>, callers: number, forMs: number, times: number[]): Promise<void> {
  const end = performance.now() + forMs
  const caller = async () => {
    while (performance.now() < end) {
      const start = performance.now()
      await run()
      times.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
}
