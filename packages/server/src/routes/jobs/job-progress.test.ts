/** Jobs that tell how far they are, through the real queue, seen over HTTP. */
import { PRIORITY, type JobHandler, type QueueSettings } from '@vitrine/domain/ports/queue'
import { announceProgress, enqueueJobs } from '@vitrine/drivers/postgres'
import { installQueue, PgBossQueue } from '@vitrine/drivers/queue'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { telling, type JobRun } from '../../jobs/telling.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

const PATH = '/api/v1/system/job/progress'
const SETTINGS: QueueSettings = { retries: 1, retrySeconds: 1, retrySecondsMost: 1, expireSeconds: 60, keepDoneSeconds: 60, concurrency: 1 }

let server: TestServer
const options = () => ({ connection: server.databaseUrl, queues: { counting: SETTINGS }, log: () => undefined, pollSeconds: 0.5 })
beforeAll(async () => {
  server = await testServer()
  await installQueue(options())
})
afterAll(() => server.close())

/** Another server, for which the kind of job is what the test makes it. */
async function worker(work: (run: JobRun) => Promise<void>): Promise<PgBossQueue> {
  const counting: JobHandler = async ({ instance, ...run }) => {
    const found = await server.instances.byId(instance)
    const tenant = found && server.tenants.tenantOf(found)
    if (tenant) await telling(tenant.jobProgress.ofRun('counting', run.key), run, work)
  }
  const queue = new PgBossQueue(options())
  onTestFinished(() => queue.stop(1000))
  await queue.start({ counting })
  return queue
}
const add = ({ id }: TestInstance, key = 'all') =>
  server.database.tenant(id).write(async (sql) => {
    await announceProgress(sql, id, 'counting', key)
    await enqueueJobs(sql, [{ name: 'counting', payload: {}, key, priority: PRIORITY.background } as never])
  })
const list = async ({ api }: TestInstance, query = '') => (await api('GET', `${PATH}${query}`)).body
const entry = async (instance: TestInstance) => (await list(instance)).objects[0]
const until = (instance: TestInstance, state: string) =>
  vi.waitUntil(async () => (await entry(instance))?.state === state, { timeout: 60_000, interval: 50 })

describe('progress of jobs (200)', () => {
  it('is seen before, while and after they run', async () => {
    const instance = await server.instance()
    await add(instance)
    expect(await list(instance)).toEqual({
      count: 1,
      limit: 100,
      offset: 0,
      objects: [{ kind: 'counting', subject: 'all', state: 'waiting', done: 0, stop_wanted: false, updated_at: expect.any(String) }],
    })
    const go = Promise.withResolvers<void>()
    await worker(async (run) => {
      await run.progress(1, 3, 'shelf 1')
      await go.promise
      await run.progress(3, 3)
    })
    await until(instance, 'running')
    expect(await entry(instance)).toMatchObject({ done: 1, total: 3, note: 'shelf 1', started_at: expect.any(String) })
    go.resolve()
    await until(instance, 'done')
    const last = await entry(instance)
    expect(last).toMatchObject({ done: 3, total: 3, finished_at: expect.any(String) })
    expect(last).not.toHaveProperty('note')
  })

  it('goes on where another server takes the job over', async () => {
    const instance = await server.instance()
    await add(instance)
    const first = await worker(async (run) => {
      await run.progress(4, 10)
      await new Promise((_, reject) => run.signal.addEventListener('abort', () => reject(new Error('the server goes'))))
    })
    await until(instance, 'running')
    const { started_at } = await entry(instance)
    await first.stop(1000)
    expect(await entry(instance)).toMatchObject({ done: 4, total: 10 })
    await worker((run) => run.progress(10, 10))
    await until(instance, 'done')
    expect(await entry(instance)).toMatchObject({ done: 10, started_at })
  })

  it('says that they failed, once they are not tried again', async () => {
    const instance = await server.instance()
    await add(instance)
    const seen: string[] = []
    await worker(async (run) => {
      seen.push((await entry(instance)).state)
      await run.progress(2, 10)
      throw new Error('no')
    })
    await until(instance, 'failed')
    expect(seen).toEqual(['waiting', 'waiting'])
    expect(await entry(instance)).toMatchObject({ done: 2, finished_at: expect.any(String) })
  })

  it('ends where somebody wants them to stop', async () => {
    const instance = await server.instance()
    await add(instance)
    await worker(async (run) => {
      for (let n = 0; !(await run.wantsStop()); n++) {
        await run.progress(n, 1e9)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })
    await until(instance, 'running')
    const found = await server.instances.byId(instance.id)
    const tenant = found && server.tenants.tenantOf(found)
    expect(await tenant?.jobProgress.askToStop('counting', 'all')).toBe(true)
    await until(instance, 'stopped')
    expect(await entry(instance)).toMatchObject({ stop_wanted: true, total: 1e9 })
  })

  it('is of one kind and of one page, and never of another instance', async () => {
    const instance = await server.instance()
    await add(instance, 'a')
    await add(instance, 'b')
    expect(await list(instance, '?limit=1&offset=1&kind=counting')).toMatchObject({ count: 2, limit: 1, offset: 1, objects: [{ subject: 'a' }] })
    expect(await list(instance, '?kind=other')).toMatchObject({ count: 0, objects: [] })
    expect(await list(await server.instance())).toMatchObject({ count: 0, objects: [] })
  })
})

describe('a list of progress', () => {
  it('that is too long is refused (400)', async () => {
    expect((await (await server.instance()).api('GET', `${PATH}?limit=1001`)).status).toBe(400)
  })

  it('is for those who may do everything (401, 403)', async () => {
    const { api, signIn } = await server.instance()
    await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'visitor' }, _password: 'a long password' }])
    const visitor = await signIn('visitor', 'a long password')
    expect((await api('GET', PATH, undefined, { token: null })).body.code).toBe('UserRequired')
    expect((await api('GET', PATH, undefined, { token: visitor })).body.code).toBe('SystemRightRequired')
  })
})
