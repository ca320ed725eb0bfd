import { describe, expect, it } from 'vitest'
import { EventFollower, type FollowerOptions } from './event-follower.ts'
import type { StoredEvent } from './event-store.ts'

/** A log in memory that counts the questions. */
function log() {
  const events: StoredEvent[] = []
  const asked = { after: 0, failing: false }
  return {
    asked,
    add: (count = 1) => {
      for (let i = 0; i < count; i++) events.push({ id: events.length + 1, pollable: true } as StoredEvent)
    },
    newest: () => events.length,
    after: async (from: number, limit: number) => {
      asked.after++
      await Promise.resolve()
      if (asked.failing) throw new Error('out of reach')
      const found = events.slice(from, from + limit)
      return { events: found, upTo: from + found.length }
    },
  }
}
const never = () => expect.unreachable('nobody is slow here')
const quick: FollowerOptions = { shortestMs: 1, longestMs: 2 }

/** Takes events until there are `count`. */
async function take(stream: AsyncGenerator<readonly StoredEvent[], void, undefined>, count: number): Promise<number[]> {
  const ids: number[] = []
  while (ids.length < count) {
    const { value, done } = await stream.next()
    if (done || !value) break
    ids.push(...value.map(({ id }) => id))
  }
  return ids
}
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

describe('following the log', () => {
  it('begins with what comes after the opening, or goes on from a number', async () => {
    const source = log()
    const follower = new EventFollower(source, quick)
    const { signal } = new AbortController()
    source.add(5)
    const fresh = follower.follow(source.newest(), signal, never)
    const first = take(fresh, 2)
    await until(() => follower.listeners === 1)
    source.add(2)
    expect(await first).toEqual([6, 7])
    const resumed = follower.follow(3, signal, never)
    expect(await take(resumed, 4)).toEqual([4, 5, 6, 7])
    source.add(1)
    expect(await take(resumed, 1)).toEqual([8])
    expect(await take(fresh, 1)).toEqual([8])
    await Promise.all([fresh.return(), resumed.return()])
    expect(follower.listeners).toBe(0)
  })

  it('reads a long past in pages and joins the others without a gap while more comes', async () => {
    const source = log()
    const follower = new EventFollower(source, quick)
    const { signal } = new AbortController()
    source.add(4500)
    const live = follower.follow(source.newest(), signal, never)
    const taken = take(live, 3000)
    await until(() => follower.listeners === 1)
    const past = follower.follow(0, signal, never)
    const ids: number[] = []
    while (ids.length < 7500) {
      if (source.newest() < 7500) source.add(100)
      ids.push(...(await take(past, 1)))
    }
    expect(ids).toEqual(numbers(1, 7500))
    expect(await taken).toEqual(numbers(4501, 7500))
    await Promise.all([live.return(), past.return()])
  })

  it('asks the log once for many listeners, and not at all for none', async () => {
    const source = log()
    const follower = new EventFollower(source, { shortestMs: 1, longestMs: 1 })
    const { signal } = new AbortController()
    const streams = Array.from({ length: 50 }, () => follower.follow(source.newest(), signal, never))
    const all = streams.map((stream) => take(stream, 1))
    await until(() => follower.listeners === 50)
    const before = source.asked.after
    source.add(1)
    expect(await Promise.all(all)).toEqual(streams.map(() => [1]))
    expect(source.asked.after - before).toBeLessThan(20)
    await Promise.all(streams.map((stream) => stream.return()))
    await until(() => follower.listeners === 0)
    const again = follower.follow(0, signal, never)
    expect(await take(again, 1)).toEqual([1])
    await again.return()
  })

  it('keeps one loop when the last listener leaves and another one comes at once', async () => {
    const source = log()
    const follower = new EventFollower(source, quick)
    const { signal } = new AbortController()
    for (let round = 0; round < 20; round++) {
      const stream = follower.follow(source.newest(), signal, never)
      const one = take(stream, 1)
      await until(() => follower.listeners === 1)
      source.add(1)
      expect(await one).toEqual([round + 1])
      await stream.return()
    }
    const back = follower.follow(5, signal, never)
    expect(await take(back, 15)).toEqual(numbers(6, 20))
    await back.return()
  })

  it('says when a listener is too slow, and holds no more for it than it may', async () => {
    const source = log()
    const follower = new EventFollower(source, { ...quick, mostWaiting: 10 })
    const { signal } = new AbortController()
    const tooSlow = new AbortController()
    const slow = follower.follow(0, tooSlow.signal, () => tooSlow.abort())
    const quickOne = follower.follow(0, signal, never)
    const begun = [take(slow, 1), take(quickOne, 1)]
    await until(() => follower.listeners === 2)
    source.add(1)
    await Promise.all(begun)
    for (let i = 2; i <= 20; i++) {
      source.add(1)
      expect(await take(quickOne, 1)).toEqual([i])
    }
    expect(tooSlow.signal.aborted).toBe(true)
    expect(await slow.next()).toEqual({ value: undefined, done: true })
    expect(follower.listeners).toBe(1)
    await quickOne.return()
  })

  it('outlives a log that is out of reach, and misses nothing', async () => {
    const source = log()
    const errors: unknown[] = []
    const follower = new EventFollower(source, { ...quick, onError: (error) => errors.push(error) })
    const { signal } = new AbortController()
    const stream = follower.follow(source.newest(), signal, never)
    const one = take(stream, 2)
    await until(() => follower.listeners === 1)
    source.asked.failing = true
    source.add(2)
    await until(() => errors.length > 1)
    source.asked.failing = false
    expect(await one).toEqual([1, 2])
    await stream.return()
  })

  it('ends with the signal, wherever it is', async () => {
    const source = log()
    const follower = new EventFollower(source, quick)
    const waiting = new AbortController()
    const stream = follower.follow(source.newest(), waiting.signal, never)
    const next = stream.next()
    await until(() => follower.listeners === 1)
    waiting.abort()
    expect(await next).toEqual({ value: undefined, done: true })
    expect(follower.listeners).toBe(0)
    expect(await follower.follow(0, waiting.signal, never).next()).toEqual({ value: undefined, done: true })
  })
})
