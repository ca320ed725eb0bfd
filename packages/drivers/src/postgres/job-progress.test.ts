import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { announceProgress, PostgresJobProgress } from './job-progress.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const ALL = { kind: null, limit: 10, offset: 0 }
const counts = (done: number, total: number | null = 10, note: string | null = null) => ({ done, total, note })
const fresh = () => {
  const tenant = db.instance()
  const store = new PostgresJobProgress(tenant)
  const announce = () => tenant.write((sql) => announceProgress(sql, tenant.instanceId, 'move', 'a'))
  const entry = async () => (await store.list(ALL)).entries[0]
  return { tenant, store, announce, entry }
}

describe('progress', () => {
  it('begins with what a run tells, and keeps the moment it began over repetitions', async () => {
    const { store, entry } = fresh()
    expect(await store.report('move', 'a', counts(1, null, 'looking'))).toBe(false)
    const first = await entry()
    expect(first).toEqual({
      kind: 'move',
      subject: 'a',
      state: 'running',
      done: 1,
      total: null,
      note: 'looking',
      stopWanted: false,
      startedAt: expect.any(Date),
      updatedAt: expect.any(Date),
      finishedAt: null,
    })
    await store.end('move', 'a', 'waiting', counts(4))
    expect(await entry()).toMatchObject({ state: 'waiting', done: 4, total: 10, note: null, finishedAt: null })
    await store.report('move', 'a', counts(5))
    expect(await entry()).toMatchObject({ state: 'running', done: 5, startedAt: first?.startedAt })
  })

  it.each(['done', 'failed', 'stopped'] as const)('stays when the work is %s, and begins anew with the same work', async (state) => {
    const { store, entry } = fresh()
    await store.report('move', 'a', counts(1))
    await store.askToStop('move', 'a')
    const before = await entry()
    await store.end('move', 'a', state, counts(7))
    expect(await entry()).toMatchObject({ state, done: 7, startedAt: before?.startedAt, finishedAt: expect.any(Date) })
    expect(await store.report('move', 'a', counts(0))).toBe(false)
    expect(await entry()).toMatchObject({ state: 'running', done: 0, stopWanted: false, finishedAt: null })
    expect((await entry())?.startedAt?.getTime()).toBeGreaterThan(before?.startedAt?.getTime() ?? Infinity)
  })

  it('holds large numbers, and ends without numbers where none are known', async () => {
    const { store, entry } = fresh()
    await store.report('move', 'a', counts(9e15, 9.001e15))
    await store.end('move', 'a', 'failed', null)
    expect(await entry()).toMatchObject({ state: 'failed', done: 9e15, total: 9.001e15 })
  })

  it('is not made by the end of a run that has told nothing', async () => {
    const { store } = fresh()
    await store.end('move', 'a', 'done', null)
    expect(await store.list(ALL)).toEqual({ count: 0, entries: [] })
  })

  it('is listed last changed first, by kind and page by page, each instance its own', async () => {
    const { store } = fresh()
    for (const [kind, subject] of [
      ['move', 'a'],
      ['scrub', 'b'],
      ['move', 'c'],
    ] as const)
      await store.report(kind, subject, counts(1))
    const subjects = async (page: Parameters<typeof store.list>[0]) => {
      const { count, entries } = await store.list(page)
      return [count, ...entries.map(({ subject }) => subject)]
    }
    expect(await subjects(ALL)).toEqual([3, 'c', 'b', 'a'])
    expect(await subjects({ kind: 'move', limit: 1, offset: 1 })).toEqual([2, 'a'])
    expect(await fresh().store.list(ALL)).toEqual({ count: 0, entries: [] })
  })
})

describe('the wish to stop', () => {
  it('reaches work that is under way, and is heard with what it tells', async () => {
    const { store } = fresh()
    await store.report('move', 'a', counts(1))
    expect(await store.stopWanted('move', 'a')).toBe(false)
    expect(await store.askToStop('move', 'a')).toBe(true)
    expect([await store.stopWanted('move', 'a'), await store.report('move', 'a', counts(2))]).toEqual([true, true])
  })

  it('reaches work that has been announced and has not begun', async () => {
    const { store, announce, entry } = fresh()
    await announce()
    expect(await entry()).toMatchObject({ state: 'waiting', done: 0, startedAt: null })
    expect(await store.askToStop('move', 'a')).toBe(true)
    expect(await store.report('move', 'a', counts(0))).toBe(true)
    await store.end('move', 'a', 'stopped', null)
    await announce()
    expect(await entry()).toMatchObject({ state: 'waiting', stopWanted: false, startedAt: null, finishedAt: null })
  })

  it('is kept when the same work is announced once more meanwhile', async () => {
    const { store, announce, entry } = fresh()
    await store.report('move', 'a', counts(3))
    await store.askToStop('move', 'a')
    await announce()
    expect(await entry()).toMatchObject({ state: 'running', done: 3, stopWanted: true })
  })

  it('finds nothing where nothing is under way', async () => {
    const { store } = fresh()
    expect([await store.askToStop('move', 'a'), await store.stopWanted('move', 'a')]).toEqual([false, false])
    await store.report('move', 'a', counts(1))
    await store.end('move', 'a', 'done', null)
    expect(await store.askToStop('move', 'a')).toBe(false)
  })
})
