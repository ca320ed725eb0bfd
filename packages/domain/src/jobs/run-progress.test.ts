import { beforeEach, describe, expect, it } from 'vitest'
import type { Counts, JobProgressStore, ProgressState } from './progress-store.ts'
import { RunProgress } from './run-progress.ts'

let nowMs: number
let stop: boolean
let looks: number
let told: Counts[]
let ended: [ProgressState, Counts | null][]
beforeEach(() => {
  ;[nowMs, stop, looks, told, ended] = [0, false, 0, [], []]
})

const store: JobProgressStore = {
  list: async () => ({ count: 0, entries: [] }),
  report: async (_kind, _subject, counts) => {
    told.push(counts)
    return stop
  },
  end: async (_kind, _subject, state, counts) => void ended.push([state, counts]),
  askToStop: async () => true,
  stopWanted: async () => {
    looks++
    return stop
  },
}
const run = () => new RunProgress({ store, clock: () => new Date(nowMs) }, 'move', 'a:b')

describe('the progress of a run', () => {
  it('is stored with the first word, once a second, and at the end', async () => {
    const one = run()
    for (let n = 0; n <= 2500; n++) {
      nowMs = n
      await one.progress(n, 2500)
    }
    expect(told.map(({ done }) => done)).toEqual([0, 1000, 2000])
    await one.end('returned')
    expect(ended).toEqual([['done', { done: 2500, total: 2500, note: null }]])
  })

  it('is nothing for jobs that tell none', async () => {
    await run().end('returned')
    expect([told, ended]).toEqual([[], []])
  })

  it('keeps notes short', async () => {
    await run().progress(1, null, 'x'.repeat(5000))
    expect(told[0]).toEqual({ done: 1, total: null, note: 'x'.repeat(1000) })
  })

  it.each([
    ['failed', 'failed'],
    ['tried-again', 'waiting'],
  ] as const)('ends as %s: %s', async (how, state) => {
    const one = run()
    await one.progress(3, 10)
    await one.end(how)
    expect(ended).toEqual([[state, { done: 3, total: 10, note: null }]])
  })
})

describe('the wish to stop', () => {
  it('is looked for once a second, and never forgotten', async () => {
    const one = run()
    for (nowMs = 0; nowMs < 3000; nowMs += 100) expect(await one.wantsStop()).toBe(false)
    expect(looks).toBe(3)
    stop = true
    nowMs = 3000
    expect(await one.wantsStop()).toBe(true)
    stop = false
    expect(await one.wantsStop()).toBe(true)
    expect(looks).toBe(4)
  })

  it('comes along with what is told, without a look of its own', async () => {
    const one = run()
    stop = true
    await one.progress(1, 9)
    expect([await one.wantsStop(), looks]).toEqual([true, 0])
    await one.end('returned')
    expect(ended).toEqual([['stopped', { done: 1, total: 9, note: null }]])
  })

  it('that comes too late changes nothing about what is done', async () => {
    const one = run()
    stop = true
    await one.progress(9, 9)
    await one.end('returned')
    expect(ended[0]?.[0]).toBe('done')
  })

  it('ends a job as stopped that has told no number', async () => {
    const one = run()
    stop = true
    await one.wantsStop()
    await one.end('returned')
    expect(ended).toEqual([['stopped', null]])
  })
})
