/** Handing out events, two at a time and with crashes in between: each webhook gets a message for each event, once. */
import type { NewEvent } from '@vitrine/domain/events/new-event'
import { WebhookDispatcher } from '@vitrine/domain/webhooks/dispatch'
import type { Webhook, WebhookFields } from '@vitrine/domain/webhooks/webhook'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresEvents } from './events.ts'
import { PostgresWebhooks } from './webhooks.ts'
import { queueWebhookMessages } from './webhooks-queue.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const webhook = (id: number, data: WebhookFields = {}, more: Partial<Webhook> = {}): Webhook => ({
  id,
  version: 1,
  name: `hook ${id}`,
  active: true,
  url: 'https://hooks.test/',
  secret: 'sealed',
  data,
  ...more,
})

function dispatching(tenant: TenantDatabase) {
  const store = new PostgresWebhooks(tenant)
  const events = new PostgresEvents(tenant)
  const dispatcher = new WebhookDispatcher({ store, events, clock: () => new Date(), databaseName: 'museum' })
  const happen = (...list: NewEvent[]) => events.write({ events: list, actor: null })
  const messages = async (id: number) => {
    const { deliveries } = await store.deliveries(id, { state: null, limit: 1000, offset: 0 })
    return deliveries.map(({ eventId }) => eventId).toSorted((a, b) => (a ?? 0) - (b ?? 0))
  }
  const jobs = (name: string) =>
    db.database.control<{ data: { payload: Record<string, unknown> }; delay: number }[]>`
      select data, extract(epoch from start_after - created_on)::float8 as delay from vitrine_jobs.job
      where name = ${name} and data->>'instance' = ${tenant.instanceId} order by created_on`
  return { store, events, dispatcher, happen, messages, jobs }
}

const insert = (n: number, more: Partial<NewEvent> = {}): NewEvent => ({
  type: 'OBJECT_INSERT',
  basetype: 'object',
  objecttype: 'work',
  systemObjectId: n,
  ...more,
})
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe('handing out events', () => {
  it('makes a message and a job of each event that a webhook asks for, from the number on where it began', async () => {
    const { store, dispatcher, happen, messages, jobs } = dispatching(db.instance())
    await happen(insert(1))
    await store.save(
      [webhook(1), webhook(2, { event_types: ['POOL_UPDATE'] }), webhook(3, { objecttypes: ['place'] }), webhook(4, {}, { active: false })],
      1,
    )
    await happen(
      insert(2),
      { type: 'USER_LOGIN' },
      { type: 'POOL_UPDATE', basetype: 'pool' },
      insert(3, { objecttype: 'place', info: { standard: { 1: 'Rom' } } }),
    )
    await dispatcher.round(0)
    expect(await Promise.all([1, 2, 3, 4].map(messages))).toEqual([[2, 4, 5], [4], [5], []])
    expect((await store.list()).map(({ cursor }) => cursor)).toEqual([5, 5, 5, 1])
    const sends = await jobs('webhook-deliver')
    expect(sends).toHaveLength(5)
    expect(sends[0]?.data.payload).toEqual({ delivery: expect.any(String), attempt: 1 })
    const due = await store.due(String(sends.at(-1)?.data.payload['delivery']))
    // What the title of a record is, not everybody may know.
    expect(due?.payload).toEqual({ _basetype: 'event', event: expect.not.objectContaining({ info: expect.anything() }) })
  })

  it('gives each webhook each event once although many do it at once, and while events come', async () => {
    const { store, dispatcher, happen, messages, jobs } = dispatching(db.instance())
    await store.save([webhook(1), webhook(2)], 0)
    const writers = range(0, 9).map(async (n) => {
      for (let i = 0; i < 5; i++) await happen(insert(n * 5 + i + 1))
    })
    const rounds = range(1, 4).map(async () => {
      for (let i = 0; i < 10; i++) await dispatcher.round(0)
    })
    await Promise.all([...writers, ...rounds])
    await dispatcher.round(0)
    for (const id of [1, 2]) expect(await messages(id)).toEqual(range(1, 50))
    expect(await jobs('webhook-deliver')).toHaveLength(100)
    // However many rounds there were, one more waits.
    expect(await jobs('webhook-dispatch')).toHaveLength(1)
  })

  it('leaves everything as it was when it breaks off', async () => {
    const { store, happen, messages, jobs, events } = dispatching(db.instance())
    await store.save([webhook(1)], 0)
    await happen(insert(1))
    await events.newest()
    const broken = store.handOut({
      from: 0,
      upTo: 1,
      wanted: () => [
        { eventId: 1, payload: {} },
        { eventId: 2, payload: { not: 1n } },
      ],
      next: { idle: 0, delaySeconds: 0 },
    })
    await expect(broken).rejects.toThrow('BigInt')
    expect([await messages(1), (await store.list())[0]?.cursor, (await jobs('webhook-deliver')).length]).toEqual([[], 0, 0])
  })

  it('waits for webhooks that are further behind than what it has read', async () => {
    const { store, dispatcher, happen, messages } = dispatching(db.instance())
    await store.save([webhook(1)], 0)
    await happen(...range(1, 3).map((n) => insert(n)))
    const late = store.handOut({ from: 2, upTo: 3, wanted: () => [{ eventId: 3, payload: {} }], next: { idle: 0, delaySeconds: 0 } })
    await late
    expect(await messages(1)).toEqual([])
    await dispatcher.round(0)
    expect(await messages(1)).toEqual([1, 2, 3])
  })

  it('goes through more events than fit into a round without a pause', async () => {
    const { store, dispatcher, happen, messages, jobs } = dispatching(db.instance())
    await store.save([webhook(1, { event_types: ['POOL_UPDATE'] })], 0)
    await db.database.control.unsafe(`delete from vitrine_jobs.job`)
    await happen(...range(1, 600).map((n) => insert(n)), { type: 'POOL_UPDATE' })
    await dispatcher.round(3)
    expect(await messages(1)).toEqual([])
    expect(await jobs('webhook-dispatch')).toMatchObject([{ data: { payload: { idle: 0 } }, delay: 0 }])
    await dispatcher.round(0)
    expect(await messages(1)).toEqual([601])
  })

  it('comes again later and later while nothing happens, and not at all without webhooks', async () => {
    const { store, dispatcher, jobs } = dispatching(db.instance())
    await store.save([webhook(1)], 0)
    const delays: unknown[] = []
    for (let idle = 0; idle < 6; idle++) {
      await db.database.control.unsafe(`delete from vitrine_jobs.job`)
      await dispatcher.round(idle)
      const [next] = await jobs('webhook-dispatch')
      delays.push([next?.data.payload['idle'], next?.delay])
    }
    expect(delays).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 5],
      [4, 5],
      [4, 5],
    ])
    await db.database.control.unsafe(`delete from vitrine_jobs.job`)
    await store.save([webhook(1, {}, { version: 2, active: false })], 0)
    await db.database.control.unsafe(`delete from vitrine_jobs.job`)
    await dispatcher.round(0)
    expect(await jobs('webhook-dispatch')).toEqual([])
  })
})

describe('a webhook', () => {
  it('that is switched on again hears of what happens from then on, and one that is changed goes on', async () => {
    const { store } = dispatching(db.instance())
    await store.save([webhook(1), webhook(2, {}, { active: false })], 5)
    await store.save([webhook(1, {}, { version: 2 }), webhook(2, {}, { version: 2 })], 9)
    expect((await store.list()).map(({ cursor }) => cursor)).toEqual([5, 9])
    await expect(store.save([webhook(1, {}, { version: 2 })], 9)).rejects.toMatchObject({ code: 'VersionMismatch' })
    await expect(store.save([webhook(3, {}, { name: 'hook 1' })], 9)).rejects.toMatchObject({
      code: 'WebhookDuplicateName',
      parameters: { name: 'hook 1' },
    })
  })
})

describe('messages', () => {
  const pending = { eventId: null, payload: { n: 1 } }

  it('of rules go to the webhooks they name, with the transaction that sends them', async () => {
    const tenant = db.instance()
    const { store, jobs } = dispatching(tenant)
    await store.save([webhook(1), webhook(2, {}, { active: false })], 0)
    const list = [
      { webhook: 'hook 1', payload: { n: 1 } },
      { webhook: 'hook 1', payload: { n: 2 } },
      { webhook: 'hook 2', payload: {} },
      { webhook: 'nobody', payload: {} },
    ]
    const broken = tenant.write(async (sql) => {
      await queueWebhookMessages(sql, tenant.instanceId, list)
      throw new Error('changed my mind')
    })
    await expect(broken).rejects.toThrow('changed my mind')
    expect((await store.deliveries(1, { state: null, limit: 9, offset: 0 })).count).toBe(0)
    await tenant.write((sql) => queueWebhookMessages(sql, tenant.instanceId, list))
    expect(await store.deliveries(1, { state: 'pending', limit: 1, offset: 1 })).toMatchObject({
      count: 2,
      deliveries: [{ eventId: null, state: 'pending' }],
    })
    expect((await store.deliveries(2, { state: null, limit: 9, offset: 0 })).count).toBe(0)
    expect(await jobs('webhook-deliver')).toHaveLength(2)
  })

  it('keep the outcome of an attempt once, with the job for the next one', async () => {
    const tenant = db.instance()
    const { store, jobs, events } = dispatching(tenant)
    await store.save([webhook(1)], 0)
    const { id } = await store.addDelivery(1, pending)
    const due = (await store.due(id)) ?? expect.fail('it is gone')
    const failed = { attempt: 1, state: 'pending', status: 500, error: 'the receiver answered 500', retrySeconds: 30, switchOff: false } as const
    await Promise.all([store.settle(due, failed), store.settle(due, failed), store.settle(due, failed)])
    expect((await jobs('webhook-deliver')).map(({ data, delay }) => [data.payload['attempt'], delay])).toEqual([
      [1, 0],
      [2, 30],
    ])
    await store.settle(due, { ...failed, attempt: 2, state: 'failed', retrySeconds: null })
    expect(await store.deliveries(1, { state: 'failed', limit: 9, offset: 0 })).toMatchObject({ deliveries: [{ attempts: 2, lastStatus: 500 }] })
    expect((await events.after(0, 10)).events).toEqual([])
    const { pages } = await events.list({ filter: {}, sort: '_id', descending: false, offset: 0, limit: null })
    for await (const page of pages)
      expect(page).toMatchObject([{ type: 'WEBHOOK_ERROR', info: { webhook: 'hook 1', delivery: id, attempts: 2, status: 500 } }])
  })

  it('can be sent again, whatever has become of them', async () => {
    const { store, jobs } = dispatching(db.instance())
    await store.save([webhook(1)], 0)
    const { id } = await store.addDelivery(1, pending)
    const due = (await store.due(id)) ?? expect.fail('it is gone')
    await store.settle(due, { attempt: 1, state: 'done', status: 200, error: null, retrySeconds: null, switchOff: false })
    expect(await store.sendAgain(1, id)).toMatchObject({ state: 'pending', attempts: 1 })
    expect((await jobs('webhook-deliver')).at(-1)?.data.payload).toEqual({ delivery: id, attempt: 2 })
    expect(await store.sendAgain(2, id)).toBeUndefined()
  })

  it('switch the webhook off when its receiver is gone, unless it leads elsewhere by now', async () => {
    const { store } = dispatching(db.instance())
    await store.save([webhook(1), webhook(2)], 0)
    const gone = { attempt: 1, state: 'failed', status: 410, error: 'gone', retrySeconds: null, switchOff: true } as const
    const [one, two] = await Promise.all([store.addDelivery(1, pending), store.addDelivery(2, pending)])
    const [first, second] = await Promise.all([store.due(one.id), store.due(two.id)])
    await store.save([webhook(2, {}, { version: 2, url: 'https://elsewhere.test/' })], 0)
    if (first) await store.settle(first, gone)
    if (second) await store.settle(second, gone)
    expect((await store.list()).map(({ active, version }) => [active, version])).toEqual([
      [false, 2],
      [true, 2],
    ])
  })

  it('are forgotten when they are old, unless they wait', async () => {
    const tenant = db.instance()
    const { store } = dispatching(tenant)
    await store.save([webhook(1)], 0)
    const [old, waiting, young] = await Promise.all([store.addDelivery(1, pending), store.addDelivery(1, pending), store.addDelivery(1, pending)])
    await tenant.write(
      (
        sql,
      ) => sql`update webhook_delivery set created_at = '2020-01-01', updated_at = '2020-01-01', state = case when id = ${old.id} then 'done' else 'pending' end
        where instance_id = ${tenant.instanceId} and id = any(${[old.id, waiting.id]}::uuid[])`,
    )
    await store.forget(new Date('2020-02-01'))
    const { deliveries } = await store.deliveries(1, { state: null, limit: 9, offset: 0 })
    expect(deliveries.map(({ id }) => id)).toEqual([young.id, waiting.id])
  })

  it('go with their webhook', async () => {
    const { store } = dispatching(db.instance())
    await store.save([webhook(1)], 0)
    const { id } = await store.addDelivery(1, pending)
    expect([await store.remove(1), await store.remove(1), await store.due(id)]).toEqual([true, false, undefined])
  })
})
