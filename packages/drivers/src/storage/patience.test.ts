import { BlobFailure, type BlobTrouble } from '@vitrine/domain/ports/blob-store'
import { describe, expect, it } from 'vitest'
import { troubleOf } from '../conformance/blob-store-bodies.ts'
import { retrying, withinTime } from './patience.ts'

const OPTIONS = { tries: 3, firstPauseMs: 1 }

/** Fails so, in turn, and succeeds then; `runs` tells how often it was run. */
function failing(...troubles: (BlobTrouble | Error)[]) {
  const runs: number[] = []
  return {
    runs,
    work: async (attempt: number) => {
      runs.push(attempt)
      const trouble = troubles[attempt - 1]
      if (trouble !== undefined) throw trouble instanceof Error ? trouble : new BlobFailure(trouble, `failure ${attempt}`)
      return 'done'
    },
  }
}

describe('asking again', () => {
  it('goes on until it succeeds', async () => {
    const { work, runs } = failing('unavailable', 'unavailable')
    expect([await retrying(work, OPTIONS), runs]).toEqual(['done', [1, 2, 3]])
  })

  it('ends with the last failure', async () => {
    const { work, runs } = failing('unavailable', 'unavailable', 'unavailable')
    await expect(retrying(work, OPTIONS)).rejects.toThrow('failure 3')
    expect(runs).toHaveLength(3)
  })

  it('does not repeat what will not pass', async () => {
    for (const trouble of ['not-found', 'denied', 'corrupt', 'full', 'aborted', new Error('a fault')] as const) {
      const { work, runs } = failing(trouble)
      await expect(retrying(work, OPTIONS)).rejects.toThrow(/failure 1|a fault/)
      expect(runs).toEqual([1])
    }
  })

  it('ends at once when it is aborted, also in a pause', async () => {
    const controller = new AbortController()
    const { work, runs } = failing('unavailable')
    const waiting = troubleOf(retrying(work, { tries: 2, firstPauseMs: 3_600_000, signal: controller.signal }))
    controller.abort()
    expect([await waiting, runs]).toEqual(['aborted', [1]])
    expect(await troubleOf(retrying(work, { ...OPTIONS, signal: AbortSignal.abort() }))).toBe('aborted')
    expect(runs).toEqual([1])
  })
})

describe('a time limit', () => {
  it('lets through what comes in time, and its own failures', async () => {
    expect(await withinTime(60_000, undefined, async () => 1)).toBe(1)
    await expect(withinTime(60_000, undefined, () => Promise.reject(new Error('own')))).rejects.toThrow('own')
  })

  it('ends what takes too long as unavailable, and tells it', async () => {
    let told: AbortSignal | undefined
    const never = (signal: AbortSignal) => ((told = signal), new Promise<never>(() => undefined))
    expect(await troubleOf(withinTime(10, undefined, never))).toBe('unavailable')
    expect(told?.aborted).toBe(true)
  })

  it('ends with "aborted" when the caller gives up, and tells it', async () => {
    const controller = new AbortController()
    const heeding = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('in other words'))))
    const waiting = troubleOf(withinTime(60_000, controller.signal, heeding))
    controller.abort()
    expect(await waiting).toBe('aborted')
    expect(await troubleOf(withinTime(60_000, AbortSignal.abort(), heeding))).toBe('aborted')
  })
})
