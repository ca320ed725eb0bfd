import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { queueConformance } from '../conformance/job-queue.ts'
import { QUEUES_UNDER_TEST } from '../conformance/queue-under-test.ts'
import { LANES, PRIORITY, type Priority, type QueueSettings } from '@vitrine/domain/ports/queue'
import { PostgresFailedJobs } from '../postgres/failed-jobs.ts'
import { enqueueJobs } from '../postgres/jobs.ts'
import { testDatabase, type TestDatabase } from '../postgres/test-database.ts'
import { installQueue, PgBossQueue, QUEUE_SCHEMA } from './index.ts'

let db: TestDatabase
const logged: string[] = []
const log = (failure: unknown, about: string) => void logged.push(`${about}: ${String(failure)}`)
const options = () => ({ connection: db.url, queues: QUEUES_UNDER_TEST, log, pollSeconds: 0.5 })
const add = (instance: string, jobs: readonly object[]) => db.database.tenant(instance).write((sql) => enqueueJobs(sql, jobs as never))
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 60_000, interval: 20 })

beforeAll(async () => {
  db = await testDatabase()
  await installQueue(options())
})
afterAll(() => db.close())
beforeEach(async () => {
  logged.length = 0
  await db.database.control.unsafe(`delete from ${QUEUE_SCHEMA}.job`)
})

queueConformance('PostgreSQL', async () => ({
  many: 10_000,
  server: () => new PgBossQueue(options()),
  add,
  until,
  failed: (instance) => new PostgresFailedJobs(db.database.tenant(instance)),
  async dead() {
    const rows = await db.database.control.unsafe(
      `select data->>'instance' as instance, data->'payload' as payload, source_output->>'message' as failure from ${QUEUE_SCHEMA}.job where name = 'dead-letters'`,
    )
    return rows.map((row) => ({ instance: String(row['instance']), payload: row['payload'], failure: String(row['failure']) }))
  },
}))

async function worker(handlers: Parameters<PgBossQueue['start']>[0], more: object = {}): Promise<PgBossQueue> {
  const queue = new PgBossQueue({ ...options(), ...more })
  onTestFinished(() => queue.stop(1000))
  await queue.start(handlers)
  return queue
}

describe('adding jobs', () => {
  it('goes with the transaction, and belongs to its instance whatever the job says', async () => {
    const tenant = db.instance()
    const seen: unknown[] = []
    await worker({ plain: async ({ instance, payload }) => void seen.push([instance, payload]) })
    const broken = tenant.write(async (sql) => {
      await enqueueJobs(sql, [{ name: 'plain', payload: { n: 1 } }] as never)
      throw new Error('changed my mind')
    })
    await expect(broken).rejects.toThrow('changed my mind')
    await add(tenant.instanceId, [{ name: 'plain', payload: { n: 2, instance: randomUUID() }, instance: randomUUID() }])
    await until(() => seen.length > 0)
    expect(seen).toEqual([[tenant.instanceId, { n: 2, instance: expect.any(String) }]])
  })

  it('is all that a tenant connection can do: it sees and changes no job', async () => {
    const tenant = db.instance()
    for (const statement of ['select * from vitrine_jobs.job', 'delete from vitrine_jobs.job_common', 'select * from vitrine_jobs.queue'])
      await expect(tenant.read((sql) => sql.unsafe(statement))).rejects.toThrow('permission denied')
    await expect(tenant.write((sql) => enqueueJobs(sql, [{ name: 'nonsense', payload: {} }] as never))).rejects.toThrow('there is no queue nonsense')
    for (const statement of [
      'select vitrine_jobs.vitrine_instance()',
      "select vitrine_jobs.delete_queue('plain')",
      'select * from vitrine_jobs.job_common',
    ])
      await expect(tenant.read((sql) => sql.unsafe(statement))).rejects.toThrow('permission denied')
    await expect(db.database.control`select vitrine_enqueue('[]')`).rejects.toThrow('the session names none')
  })

  it('wakes a worker that would look for jobs only after the end of this test', async () => {
    const arrived = Promise.withResolvers<void>()
    await worker({ plain: async () => arrived.resolve() }, { pollSeconds: 3600 })
    await add(randomUUID(), [{ name: 'plain' }])
    await arrived.promise
    expect.assertions(0)
  })

  it('stores what pg-boss itself would store', async () => {
    const { PgBoss } = await import('pg-boss')
    const boss = new PgBoss({ connectionString: db.url, schema: QUEUE_SCHEMA, supervise: false, schedule: false, migrate: false })
    await boss.start()
    onTestFinished(() => boss.stop({ graceful: false }))
    const instance = randomUUID()
    await boss.send('single', { instance, payload: { n: 1 } }, { singletonKey: `${instance}:a`, group: { id: `${instance}:g` } })
    await add(instance, [{ name: 'single', payload: { n: 1 }, key: 'b', group: 'g' }])
    const rows = await db.database.control
      .unsafe(`select to_jsonb(j) - array['id', 'created_on', 'start_after', 'keep_until', 'singleton_key', 'priority'] as job,
      extract(epoch from keep_until - start_after) as kept from ${QUEUE_SCHEMA}.job j order by singleton_key`)
    expect(rows).toHaveLength(2)
    expect(rows[1]).toEqual(rows[0])
  })
})

describe('workers', () => {
  it('install on two servers that start at once, and again later', async () => {
    const { migrate } = await import('../postgres/migrate.ts')
    const starts = [1, 2, 3].map(() => migrate(db.url, () => installQueue(options())))
    await expect(Promise.all(starts)).resolves.toHaveLength(3)
  })

  it('go on after their connections were lost, and the process lives', async () => {
    const seen: unknown[] = []
    await worker({ plain: async ({ payload }) => void seen.push(payload) })
    await db.database
      .control`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'vitrine-jobs' and datname = current_database()`
    await add(randomUUID(), [{ name: 'plain', payload: 'after' }])
    await until(() => seen.length === 1)
    expect(logged.join()).toContain('the queue')
  })

  it('take over what a server has left behind that died', async () => {
    const { PgBoss } = await import('pg-boss')
    const dying = new PgBoss({ connectionString: db.url, schema: QUEUE_SCHEMA, supervise: false, schedule: false, migrate: false })
    await dying.start()
    await add(randomUUID(), [{ name: 'plain', payload: 'left behind' }])
    expect(await dying.fetch('plain')).toHaveLength(1)
    await dying.stop({ graceful: false })
    const seen: unknown[] = []
    await worker({ plain: async ({ payload }) => void seen.push(payload) }, { watchSeconds: 1 })
    await until(() => seen.length === 1)
    expect(seen).toEqual(['left behind'])
  })

  it('remove what is done, once it has been kept for long enough', async () => {
    const queues = { ...QUEUES_UNDER_TEST, brief: { ...QUEUES_UNDER_TEST['plain'], keepDoneSeconds: 1 } as (typeof QUEUES_UNDER_TEST)[string] }
    await installQueue({ ...options(), queues })
    await worker({ brief: async () => undefined }, { queues, watchSeconds: 1, cleanSeconds: 1 })
    await add(randomUUID(), [{ name: 'brief' }])
    const states = async () =>
      (await db.database.control.unsafe(`select state from ${QUEUE_SCHEMA}.job where name = 'brief'`)).map((row) => String(row['state']))
    await vi.waitUntil(async () => (await states())[0] !== 'created', { timeout: 60_000, interval: 20 })
    await vi.waitUntil(async () => (await states()).length === 0, { timeout: 60_000, interval: 100 })
    expect(logged).toEqual([])
  })

  it('keep one of them free for what people wait for, and one for what nobody waits for', async () => {
    const queues = { ...QUEUES_UNDER_TEST, plain: { ...(QUEUES_UNDER_TEST['plain'] as QueueSettings), concurrency: 1, lanes: LANES } }
    const go = Promise.withResolvers<void>()
    const [begun, done]: [string[], string[]] = [[], []]
    const plain = async ({ payload }: { payload: unknown }) => {
      const name = String(payload)
      begun.push(name)
      if (name === 'slow') await go.promise
      done.push(name)
    }
    await worker({ plain }, { queues })
    const instance = randomUUID()
    const slow = (priority: Priority) => Array.from({ length: 10 }, () => ({ name: 'plain', payload: 'slow', priority }))
    await add(instance, slow(PRIORITY.normal))
    // One may run anything, one what is no more than normal.
    await until(() => begun.length === 2)
    await add(instance, [
      { name: 'plain', payload: 'asked for', priority: PRIORITY.interactive },
      { name: 'plain', payload: 'some time', priority: PRIORITY.background },
    ])
    await until(() => done.length === 2)
    expect(done.toSorted()).toEqual(['asked for', 'some time'])
    // What people wait for takes its own worker only, however much of it there is: the others are busy.
    await add(instance, slow(PRIORITY.interactive))
    await until(() => begun.length === 5)
    await add(instance, [{ name: 'plain', payload: 'some time later', priority: PRIORITY.background }])
    await until(() => done.length === 3)
    expect(begun).toHaveLength(6)
    go.resolve()
  })

  it('keep a job that takes long for themselves', async () => {
    const go = Promise.withResolvers<void>()
    let runs = 0
    const slow = async () => {
      runs++
      await go.promise
    }
    await worker({ plain: slow }, { watchSeconds: 1 })
    await worker({ plain: slow }, { watchSeconds: 1 })
    await add(randomUUID(), [{ name: 'plain' }])
    await until(() => runs === 1)
    const touched = async () =>
      (
        await db.database.control.unsafe(`select heartbeat_on > started_on + interval '15s' as late from ${QUEUE_SCHEMA}.job where name = 'plain'`)
      )[0]?.['late'] === true
    await vi.waitUntil(touched, { timeout: 60_000, interval: 200 })
    expect(runs).toBe(1)
    go.resolve()
  })

  it('leave a group that is busy alone, and run others meanwhile', async () => {
    const queues = { ...QUEUES_UNDER_TEST, plain: { ...QUEUES_UNDER_TEST['plain'], oneInGroup: true } }
    const go = Promise.withResolvers<void>()
    const seen: string[] = []
    const handler = async ({ payload }: { payload: unknown }) => {
      const name = String(payload)
      seen.push(name)
      if (name.startsWith('slow')) await go.promise
    }
    await worker({ plain: handler }, { queues })
    const instance = randomUUID()
    await add(
      instance,
      Array.from({ length: 6 }, (_, n) => ({ name: 'plain', payload: `slow ${n}`, group: 'slow' })),
    )
    await add(instance, [{ name: 'plain', payload: 'fast', group: 'fast' }])
    await until(() => seen.includes('fast'))
    expect(seen.filter((name) => name.startsWith('slow'))).toHaveLength(1)
    go.resolve()
    await until(() => seen.length === 7)
  })

  it('hand back what takes too long at the end, and somebody else runs it', async () => {
    const begun = Promise.withResolvers<void>()
    const instance = randomUUID()
    let aborted = false
    const stuck = await worker({
      plain: ({ signal }) => {
        signal.addEventListener('abort', () => (aborted = true))
        begun.resolve()
        return new Promise(() => undefined)
      },
    })
    await add(instance, [{ name: 'plain', payload: 'again' }])
    await begun.promise
    await stuck.stop(1000)
    expect(aborted).toBe(true)
    const seen: unknown[] = []
    await worker({ plain: async ({ payload }) => void seen.push(payload) })
    await until(() => seen.length === 1)
  })

  it('tell of a failure once in the log, and keep only a short text of it', async () => {
    await worker({
      hopeless: async () => {
        throw new Error(`secret ${'x'.repeat(5000)}`)
      },
    })
    await add(randomUUID(), [{ name: 'hopeless' }])
    await until(() => logged.some((line) => line.includes('laid aside')))
    const [row] = await db.database.control.unsafe(`select max(length(output::text)) as n from ${QUEUE_SCHEMA}.job`)
    expect(Number(row?.['n'])).toBeLessThan(5000)
  })
})
