/** Lists that are checked in the background, through the real queue. */
import { JOB_QUEUES } from '@vitrine/domain/jobs'
import { PgBossQueue, QUEUE_SCHEMA } from '@vitrine/drivers/queue'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { doc, grant, members, withPeople, works } from '../../routes/collections/collections.fixture.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

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

describe('checking shared collections in the background', () => {
  it('switches a list off at once, and on again when it can stand', async () => {
    const { asRoot, asBen, ben, ...at } = await withPeople(server)
    const [a] = await works(at, 1)
    const body = doc({}, { objects: members([a as number]), _acl: [grant(ben, { bag_read: {}, read: {} })] })
    const made = await asRoot('PUT', '?background_invalid_acl=true', body)
    expect(made.status).toBe(200)
    const id = made.body.collection._id as number
    await vi.waitUntil(async () => (await asRoot('GET', `/${id}`)).body._invalid_acl === false, { timeout: 60_000, interval: 50 })
    expect(await asBen('GET', `/objects/${id}`)).toMatchObject({ status: 200, body: { count: 1 } })
  })

  it('leaves a list off that cannot stand', async () => {
    const { asAnna, asRoot, anna, ben, ...at } = await withPeople(server)
    const [a] = await works(at, 1)
    const id = (await asAnna('PUT', '', doc({}, { _acl: [grant(ben, { bag_read: {}, read: {} })] }))).body.collection._id as number
    expect(await asRoot('POST', `/push/${id}?background_invalid_acl=true`, { objects: members([a as number]) })).toMatchObject({ status: 200 })
    const done = () =>
      server.database.control.unsafe(
        `select 1 from ${QUEUE_SCHEMA}.job where name = 'collections-check' and state = 'completed' and data->>'instance' = $1`,
        [at.id],
      )
    await vi.waitUntil(async () => (await done()).length > 0, { timeout: 60_000, interval: 50 })
    expect((await asRoot('GET', `/${id}`)).body).toMatchObject({ _invalid_acl: true, _owner: { user: { _id: anna.id } } })
  })

  it('is for those who may change the list', async () => {
    const { asAnna, asBen, ben } = await withPeople(server)
    const id = (await asAnna('PUT', '', doc({}, { _acl: [grant(ben, { bag_read: {}, link: {} })] }))).body.collection._id as number
    expect(await asBen('POST', `/push/${id}?background_invalid_acl=true`, { objects: members(['1@elsewhere']) })).toMatchObject({ status: 200 })
    expect((await asAnna('GET', `/${id}`)).body._invalid_acl).toBe(false)
  })
})
