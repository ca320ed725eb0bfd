import type { NewEvent } from '@vitrine/domain/events/new-event'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertEvents } from './events-insert.ts'
import { PostgresEvents } from './events.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const event = (objectId: number): NewEvent => ({ type: 'OBJECT_UPDATE', basetype: 'object', objectId })

/** A transaction that writes events when told to, and ends when told to. */
function writer(tenant: TenantDatabase) {
  const steps = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const ended = (ids: readonly number[]) =>
    tenant.write(async (sql) => {
      await insertEvents(sql, tenant.instanceId, ids.map(event), null)
      written.resolve()
      await steps.promise
    })
  return {
    start: (ids: readonly number[]) => Object.assign(written.promise, { done: ended(ids) }),
    end: () => steps.resolve(),
    fail: () => steps.reject(new Error('rolled back')),
  }
}

/** Reads on from a number as a client does, in short pages. */
function follower(events: PostgresEvents, limit = 3) {
  const seen: { id: number; objectId: number | null }[] = []
  let from = 0
  return {
    seen,
    async poll() {
      const page = await events.after(from, limit)
      for (const { id, objectId } of page.events) seen.push({ id, objectId })
      from = page.upTo
      return page.events.length
    },
    async catchUp() {
      while ((await this.poll()) > 0);
    },
  }
}
const increasing = (ids: readonly number[]) => ids.every((id, i) => i === 0 || id > (ids[i - 1] as number))

describe('numbers of events', () => {
  it('are higher for what commits later, whoever began to write first', async () => {
    const tenant = db.instance()
    const events = new PostgresEvents(tenant)
    const [early, late] = [writer(tenant), writer(tenant)]
    const first = early.start([1])
    await first
    const second = late.start([2])
    await second
    late.end()
    await second.done
    const reader = follower(events)
    await reader.catchUp()
    expect(reader.seen).toEqual([{ id: 1, objectId: 2 }])
    early.end()
    await first.done
    await reader.catchUp()
    expect(reader.seen).toEqual([
      { id: 1, objectId: 2 },
      { id: 2, objectId: 1 },
    ])
  })

  it('are not spent on what is rolled back', async () => {
    const tenant = db.instance()
    const events = new PostgresEvents(tenant)
    const broken = writer(tenant)
    const started = broken.start([1])
    await started
    await events.newest()
    broken.fail()
    await expect(started.done).rejects.toThrow('rolled back')
    await events.write({ events: [event(2)], actor: null })
    expect(await events.after(0, 10)).toMatchObject({ events: [{ id: 1, objectId: 2 }], upTo: 1 })
  })

  it('follow the order of writing within a transaction, also beyond one batch', async () => {
    const tenant = db.instance()
    const events = new PostgresEvents(tenant)
    const ids = Array.from({ length: 12_000 }, (_, i) => i + 1)
    await events.write({ events: ids.map(event), actor: null })
    expect(await events.newest()).toBe(12_000)
    const reader = follower(events, 1000)
    await reader.catchUp()
    expect(reader.seen.map(({ objectId }) => objectId)).toEqual(ids)
  })

  it('are not given again after events were removed', async () => {
    const tenant = db.instance()
    const events = new PostgresEvents(tenant)
    await events.write({ events: [event(1), event(2)], actor: null })
    await events.removeMatching({}, null)
    expect(await events.newest()).toBe(2)
    await events.write({ events: [event(3)], actor: null })
    expect(await events.after(2, 10)).toMatchObject({ events: [{ id: 3, objectId: 3 }] })
  })

  it('begin anew in every instance', async () => {
    const [one, other] = [db.instance(), db.instance()]
    await new PostgresEvents(one).write({ events: [event(1), event(2)], actor: null })
    await new PostgresEvents(other).write({ events: [event(7)], actor: null })
    expect(await new PostgresEvents(one).newest()).toBe(2)
    expect(await new PostgresEvents(other).after(0, 10)).toMatchObject({ events: [{ id: 1, objectId: 7 }], upTo: 1 })
  })

  it('are given once when many ask at the same moment', async () => {
    const tenant = db.instance()
    const events = new PostgresEvents(tenant)
    const added = await Promise.all(Array.from({ length: 24 }, (_, i) => events.add({ events: [event(i), event(i)], actor: null })))
    const ids = added.flat().map(({ id }) => id)
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1))
    expect(added.every(([a, b]) => a && b && a.objectId === b.objectId && a.id < b.id)).toBe(true)
  })
})

describe('followers among many writers', () => {
  it('see every committed event exactly once, in the order of the numbers, and all of them the same', async () => {
    const tenant = db.instance()
    const events = new PostgresEvents(tenant)
    let nextId = 0
    const state = { writing: true }
    const committed = new Set<number>()
    // Some transactions write once, some again and again with other statements between; one in four is given up.
    const transaction = async () => {
      const ids: number[] = []
      const wanted = Math.random() > 0.25
      try {
        await tenant.write(async (sql) => {
          for (let step = Math.ceil(Math.random() * 6); step > 0; step--) {
            const batch = Array.from({ length: Math.ceil(Math.random() * 4) }, () => nextId++)
            await insertEvents(sql, tenant.instanceId, batch.map(event), null)
            ids.push(...batch)
            for (let pause = Math.random() * 5; pause > 0; pause--) await sql`select 1`
          }
          if (!wanted) throw new Error('given up')
        })
        for (const id of ids) committed.add(id)
      } catch (error) {
        if (wanted) throw error
      }
    }
    const run = async () => {
      for (let i = 0; i < 40; i++) await transaction()
    }
    const readers = [1, 2, 7, 1000].map((limit) => follower(events, limit))
    const reading = readers.map(async (reader) => {
      while (state.writing) await reader.poll()
      await reader.catchUp()
    })
    await Promise.all(Array.from({ length: 4 }, run))
    state.writing = false
    await Promise.all(reading)
    const [whole] = readers
    for (const { seen } of readers) {
      expect(increasing(seen.map(({ id }) => id))).toBe(true)
      expect(seen).toEqual(whole?.seen)
    }
    const bySize = (a: number, b: number) => a - b
    expect((whole?.seen ?? []).map(({ objectId }) => objectId as number).toSorted(bySize)).toEqual([...committed].toSorted(bySize))
    expect(committed.size).toBeGreaterThan(100)
  })
})
