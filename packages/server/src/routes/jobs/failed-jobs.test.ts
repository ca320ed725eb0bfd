/** Jobs that were laid aside, through the real queue: mails that no mail server takes. */
import { randomUUID } from 'node:crypto'
import { JOB_QUEUES } from '@vitrine/domain/jobs'
import { PostgresJobs, queueMails } from '@vitrine/drivers/postgres'
import { PgBossQueue } from '@vitrine/drivers/queue'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

const PATH = '/api/v1/system/job/failed'
const NONE = { count: 0, limit: 100, offset: 0, objects: [] }

let server: TestServer
let queue: PgBossQueue
beforeAll(async () => {
  server = await testServer()
  queue = new PgBossQueue({ connection: server.databaseUrl, queues: JOB_QUEUES, log: () => undefined, pollSeconds: 0.5 })
  await queue.start(server.jobs)
})
afterAll(async () => {
  await queue.stop(1000)
  await server.close()
})

const failed = async ({ api }: TestInstance, query = '') => (await api('GET', `${PATH}${query}`)).body
const failedUntil = async (instance: TestInstance, count: number) => {
  await vi.waitUntil(async () => (await failed(instance)).count === count, { timeout: 60_000, interval: 50 })
  return (await failed(instance)).objects as { id: string }[]
}
async function withFailed(): Promise<{ instance: TestInstance; id: string }> {
  const instance = await server.instance()
  await server.database
    .tenant(instance.id)
    .write((sql) => queueMails(sql, [{ to: ['mia@museum.test'], subject: 'secret subject', text: 'secret text' }]))
  const [job] = await failedUntil(instance, 1)
  return { instance, id: job?.id ?? '' }
}

describe('the list of failed jobs (200)', () => {
  it('says what failed and why, and shows nothing that could be secret', async () => {
    const { instance } = await withFailed()
    const answer = await instance.api('GET', PATH)
    expect(answer).toMatchObject({
      status: 200,
      body: {
        ...NONE,
        count: 1,
        objects: [
          {
            queue: 'mail-send',
            attempts: 1,
            message: 'no mail server is set up',
            payload: { 'mail.id': expect.any(String), 'mail.to': 'mia@museum.test' },
          },
        ],
      },
    })
    expect(answer.text).not.toContain('secret')
  })

  it('is of one queue, and of one page', async () => {
    const { instance } = await withFailed()
    await new PostgresJobs(server.database.tenant(instance.id)).add([{ name: 'webhook-deliver', payload: { delivery: randomUUID(), attempt: 1 } }])
    const [{ id }] = (await failed(instance)).objects
    expect(await failed(instance, '?queue=mail-send&limit=1')).toMatchObject({ count: 1, limit: 1, objects: [{ id }] })
    expect(await failed(instance, '?offset=1')).toEqual({ ...NONE, count: 1, offset: 1 })
    expect(await failed(instance, '?queue=webhook-deliver')).toEqual(NONE)
  })

  it('is empty where nothing has failed, whatever has elsewhere', async () => {
    await withFailed()
    expect(await failed(await server.instance())).toEqual(NONE)
  })
})

describe('putting a failed job back (200)', () => {
  it('has it done again, and takes it off the list', async () => {
    const { instance, id } = await withFailed()
    expect(await instance.api('POST', `${PATH}/${id}/requeue`)).toMatchObject({ status: 200, body: { status: { acknowledged: 'ok' } } })
    // There is still no mail server, so it comes back, as another entry of the list.
    const [again] = await failedUntil(instance, 1)
    expect(again?.id).not.toBe(id)
  })

  it('happens once when several ask at the same moment (404 for the others)', async () => {
    const { instance, id } = await withFailed()
    const answers = await Promise.all(Array.from({ length: 5 }, () => instance.api('POST', `${PATH}/${id}/requeue`)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404, 404, 404, 404])
  })
})

describe('removing a failed job (200)', () => {
  it('ends it', async () => {
    const { instance, id } = await withFailed()
    expect(await instance.api('DELETE', `${PATH}/${id}`)).toMatchObject({ status: 200, body: { status: { acknowledged: 'ok' } } })
    expect(await failed(instance)).toEqual(NONE)
  })
})

describe.each([
  ['POST', '/requeue'],
  ['DELETE', ''],
])('%s of a failed job%s', (method, rest) => {
  it('finds no job of another instance (404)', async () => {
    const { instance, id } = await withFailed()
    const other = await server.instance()
    const answer = await other.api(method, `${PATH}/${id}${rest}`)
    expect([answer.status, answer.body.code, answer.body.parameters.resource]).toEqual([404, 'ResourceNotFound', `failed job ${id}`])
    expect(await failed(instance)).toMatchObject({ count: 1, objects: [{ id }] })
  })

  it('finds no job that is not there (404), and takes nothing that is no id (400)', async () => {
    const { api } = await server.instance()
    expect((await api(method, `${PATH}/${randomUUID()}${rest}`)).status).toBe(404)
    expect((await api(method, `${PATH}/7${rest}`)).status).toBe(400)
  })
})

describe('a list of failed jobs', () => {
  it('that is too long is refused (400)', async () => {
    expect((await (await server.instance()).api('GET', `${PATH}?limit=101`)).status).toBe(400)
  })

  it('is for those who may do everything (401, 403)', async () => {
    const { api, signIn } = await server.instance()
    await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'visitor' }, _password: 'a long password' }])
    const visitor = await signIn('visitor', 'a long password')
    expect((await api('GET', PATH, undefined, { token: null })).body.code).toBe('UserRequired')
    expect((await api('GET', PATH, undefined, { token: visitor })).body.code).toBe('SystemRightRequired')
  })
})
