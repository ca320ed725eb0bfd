import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Pace } from './pace.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const piece = (bytes: number): IteratorResult<Uint8Array> => ({ done: false, value: new Uint8Array(bytes) })
/** A sender whose pieces of this size come after these pauses; how often it was called late. */
async function lateness(pace: { idleTimeoutMs: number; leastBytesPerSecond: number }, pauses: readonly number[], bytes: number, readMs = 0) {
  let late = 0
  const judge = new Pace(pace, () => void late++)
  for (const pauseMs of pauses) {
    const waiting = judge.wait(() => new Promise((resolve) => setTimeout(() => resolve(piece(bytes)), pauseMs)))
    await vi.advanceTimersByTimeAsync(pauseMs)
    await waiting
    await vi.advanceTimersByTimeAsync(readMs)
  }
  return late
}

describe('the other side', () => {
  it('may pause for less than a stretch, as often as it likes', async () => {
    expect(
      await lateness(
        { idleTimeoutMs: 1000, leastBytesPerSecond: 0 },
        Array.from({ length: 20 }, () => 900),
        1,
      ),
    ).toBe(0)
  })

  it('is late when a stretch passes without a byte', async () => {
    expect(await lateness({ idleTimeoutMs: 1000, leastBytesPerSecond: 0 }, [1100], 1)).toBe(1)
    expect(await lateness({ idleTimeoutMs: 1000, leastBytesPerSecond: 0 }, [10, 2100], 1)).toBe(1)
  })

  it('is late when it sends less than asked for, however regularly', async () => {
    const regularly = Array.from({ length: 30 }, () => 100)
    expect(await lateness({ idleTimeoutMs: 1000, leastBytesPerSecond: 100 }, regularly, 20)).toBe(0)
    expect(await lateness({ idleTimeoutMs: 1000, leastBytesPerSecond: 100 }, regularly, 5)).toBeGreaterThan(0)
  })

  it('does not answer for the time in which nobody waits for it', async () => {
    expect(
      await lateness(
        { idleTimeoutMs: 1000, leastBytesPerSecond: 100 },
        Array.from({ length: 10 }, () => 50),
        20,
        5000,
      ),
    ).toBe(0)
  })
})
