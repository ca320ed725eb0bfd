/** From what happens to what arrives outside, through the real queue: receivers that take, refuse, hang and redirect; mails. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { JOB_QUEUES } from '@vitrine/domain/jobs'
import { GuardedFetch } from '@vitrine/drivers/http'
import { MemoryMail } from '@vitrine/drivers/mail'
import { PostgresEvents, PostgresJobs, queueMails, queueWebhookMessages } from '@vitrine/drivers/postgres'
import { DEAD_LETTERS, PgBossQueue } from '@vitrine/drivers/queue'
import { verifyWebhook } from '@vitrine/sdk'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../testing/test-server.ts'

interface Arrived {
  readonly path: string
  readonly body: string
  readonly headers: IncomingMessage['headers']
}

const SECRET = 'a secret of sixteen or more'
const arrived: Arrived[] = []
/** What the receiver does, by path; without an entry it takes the message. */
const behaviour = new Map<string, (response: ServerResponse) => void>()
const mail = new MemoryMail()
let receiver: Server
let place: string
let server: TestServer
const workers: PgBossQueue[] = []

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      arrived.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString(), headers: request.headers })
      const behave = behaviour.get(request.url ?? '')
      if (behave) behave(response)
      else response.end('a body that nobody keeps')
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  place = `127.0.0.1:${(receiver.address() as AddressInfo).port}`
  server = await testServer({ http: new GuardedFetch({ openHosts: [place] }), mail })
  // Two servers, as far as jobs are concerned.
  for (let n = 0; n < 2; n++) {
    const queue = new PgBossQueue({ connection: server.databaseUrl, queues: JOB_QUEUES, log: () => undefined, pollSeconds: 0.5 })
    workers.push(queue)
    await queue.start(server.jobs)
  }
})
afterAll(async () => {
  receiver.closeAllConnections()
  await Promise.all(workers.map((queue) => queue.stop(1000)))
  receiver.close()
  await server.close()
})

const until = (condition: () => boolean | Promise<boolean>) => vi.waitUntil(condition, { timeout: 60_000, interval: 50 })
const at = (path: string) => arrived.filter((message) => message.path === path)
const eventsOf = ({ id }: TestInstance) => new PostgresEvents(server.database.tenant(id))

async function hook(instance: TestInstance, path: string, more: object = {}): Promise<number> {
  const webhook = { name: `hook ${path}`, url: `http://${place}${path}`, secret: SECRET, ...more }
  const { status, body, text } = await instance.api('POST', '/api/v1/webhook', [{ _basetype: 'webhook', webhook }])
  if (status !== 200) throw new Error(text)
  return body[0].webhook._id as number
}
async function deliveries({ api }: TestInstance, id: number) {
  const { body } = await api<{ objects: Record<string, unknown>[] }>('GET', `/api/v1/webhook/${id}/delivery`)
  return body.objects
}
const settled = async (instance: TestInstance, id: number, count = 1) => {
  const list = await deliveries(instance, id)
  return list.length === count && list.every(({ attempts }) => Number(attempts) > 0)
}

describe('an event', () => {
  it('arrives at every webhook that asks for it, signed, with its number', async () => {
    const instance = await server.instance()
    const id = await hook(instance, '/all')
    await hook(instance, '/pools', { event_types: ['POOL_DELETE'] })
    const happened = await eventsOf(instance).add({
      events: [{ type: 'OBJECT_INSERT', basetype: 'object', objecttype: 'work', systemObjectId: 5 }],
      actor: null,
    })
    await until(() => at('/all').length > 0)
    const [message] = at('/all')
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      _basetype: 'event',
      event: { _id: happened[0]?.id, type: 'OBJECT_INSERT', global_object_id: `5@${instance.domain}` },
    })
    const signature = String(message?.headers['x-vitrine-signature'])
    expect(await verifyWebhook({ body: message?.body ?? '', signature, secret: SECRET })).toBe(true)
    await until(() => settled(instance, id))
    expect(await deliveries(instance, id)).toMatchObject([
      {
        _id: message?.headers['x-vitrine-delivery'],
        state: 'done',
        attempts: 1,
        last_status: 200,
        event_id: Number(message?.headers['x-vitrine-event']),
      },
    ])
    expect(at('/pools')).toEqual([])
  })

  it('arrives although many come at once and two servers hand them out', async () => {
    const instance = await server.instance()
    await hook(instance, '/many')
    const events = eventsOf(instance)
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        events.write({ events: [1, 2, 3].map((i) => ({ type: 'OBJECT_UPDATE', systemObjectId: n * 3 + i })), actor: null }),
      ),
    )
    const numbers = () => new Set(at('/many').map(({ headers }) => headers['x-vitrine-event']))
    await until(() => numbers().size === 30)
    expect(new Set(at('/many').map(({ headers }) => headers['x-vitrine-delivery'])).size).toBe(30)
  })
})

describe('a receiver', () => {
  it('that refuses, redirects or breaks off is tried again, and nothing of its answer is kept', async () => {
    const instance = await server.instance()
    behaviour.set('/broken', (response) => response.writeHead(500).end('token=very-secret'))
    behaviour.set('/moved', (response) => response.writeHead(302, { location: `http://${place}/all-too-far` }).end())
    behaviour.set('/cut', (response) => response.destroy())
    const paths = ['/broken', '/moved', '/cut']
    const ids = await Promise.all(paths.map((path) => hook(instance, path)))
    await Promise.all(ids.map((id) => instance.api('POST', `/api/v1/webhook/${id}/test`)))
    for (const id of ids) await until(() => settled(instance, id))
    const all = await Promise.all(ids.map((id) => deliveries(instance, id)))
    expect(all.flat()).toMatchObject([
      { state: 'pending', last_status: 500, last_error: 'the receiver answered 500' },
      { state: 'pending', last_status: 302, last_error: 'the receiver answered 302' },
      { state: 'pending', last_error: 'the connection failed (ECONNRESET)' },
    ])
    expect(JSON.stringify(all)).not.toContain('very-secret')
    expect(at('/all-too-far')).toEqual([])
  })

  it('that has recovered gets the message when it is sent again by hand', async () => {
    const instance = await server.instance()
    behaviour.set('/recovering', (response) => response.writeHead(503).end())
    const id = await hook(instance, '/recovering')
    const { body } = await instance.api('POST', `/api/v1/webhook/${id}/test`)
    await until(() => settled(instance, id))
    behaviour.delete('/recovering')
    await instance.api('POST', `/api/v1/webhook/${id}/delivery/${body._id}/retry`)
    await until(async () => (await deliveries(instance, id))[0]?.['state'] === 'done')
    expect(await deliveries(instance, id)).toMatchObject([{ attempts: 2, last_status: 200 }])
    expect(at('/recovering').map(({ headers }) => headers['x-vitrine-delivery'])).toEqual([body._id, body._id])
  })

  it('that hangs holds up nobody else', async () => {
    const instance = await server.instance()
    behaviour.set('/hanging', () => undefined)
    const [slow, fast] = await Promise.all([hook(instance, '/hanging'), hook(instance, '/quick')])
    for (let n = 0; n < 10; n++) await instance.api('POST', `/api/v1/webhook/${slow}/test`)
    await until(() => at('/hanging').length >= 2)
    await instance.api('POST', `/api/v1/webhook/${fast}/test`)
    await until(() => at('/quick').length === 1)
    // One on each of the two servers.
    expect(at('/hanging').length).toBeLessThanOrEqual(2)
  })

  it('that is gone is not asked again: its webhook is switched off', async () => {
    const instance = await server.instance()
    behaviour.set('/gone', (response) => response.writeHead(410).end())
    const id = await hook(instance, '/gone')
    await instance.api('POST', `/api/v1/webhook/${id}/test`)
    await until(() => settled(instance, id))
    expect(await deliveries(instance, id)).toMatchObject([{ state: 'failed', last_status: 410 }])
    expect((await instance.api('GET', `/api/v1/webhook/${id}`)).body).toMatchObject([{ webhook: { active: false, _version: 2 } }])
    const { events } = await eventsOf(instance)
      .list({ filter: { type: ['WEBHOOK_ERROR'] }, sort: '_id', descending: true, offset: 0, limit: 9 })
      .then(async ({ pages }) => {
        const found = []
        for await (const page of pages) found.push(...page)
        return { events: found }
      })
    expect(events).toMatchObject([{ info: { webhook: 'hook /gone', status: 410 } }])
  })

  it('on a closed network is never reached, whatever was saved', async () => {
    const instance = await server.instance()
    const id = await hook(instance, '/closed')
    await server.database.tenant(instance.id).write((sql) => sql`update webhook set url = 'http://127.0.0.1:1/' where instance_id = ${instance.id}`)
    await instance.api('POST', `/api/v1/webhook/${id}/test`)
    await until(() => settled(instance, id))
    expect(await deliveries(instance, id)).toMatchObject([{ state: 'pending', last_error: 'nothing is fetched from 127.0.0.1:1' }])
  })
})

describe('a message of a workflow rule', () => {
  it('arrives at the webhook it names, and the log tells of it', async () => {
    const instance = await server.instance()
    await hook(instance, '/rule', { name: 'approval' })
    const tenant = server.database.tenant(instance.id)
    await tenant.write((sql) => queueWebhookMessages(sql, instance.id, [{ webhook: 'approval', payload: { info: { n: 1 }, objects: [] } }]))
    await until(() => at('/rule').length === 1)
    expect(JSON.parse(at('/rule')[0]?.body ?? '')).toEqual({ info: { n: 1 }, objects: [] })
    expect(at('/rule')[0]?.headers['x-vitrine-event']).toBeUndefined()
    await until(
      async () => (await eventsOf(instance).list({ filter: { type: ['WEBHOOK'] }, sort: '_id', descending: true, offset: 0, limit: 1 })).count === 1,
    )
  })
})

describe('a mail', () => {
  const letter = { to: ['mia@museum.test'], subject: 'A loan is due', text: 'Please return it.' }
  const told = async (instance: TestInstance, type: string) =>
    (await eventsOf(instance).list({ filter: { type: [type] }, sort: '_id', descending: true, offset: 0, limit: 1 })).count

  it('is sent once what it tells of is stored, and the log says so', async () => {
    const instance = await server.instance()
    await server.database.tenant(instance.id).write((sql) => queueMails(sql, [letter]))
    await until(async () => (await told(instance, 'EMAIL_SENT')) === 1)
    expect(mail.sent).toMatchObject([{ ...letter, id: expect.any(String) }])
  })

  it('that cannot be sent for want of a mail server is laid aside with the reason, and the log says so', async () => {
    const instance = await server.instance()
    const { sendMail } = await import('@vitrine/domain/mail/send-mail')
    const events = eventsOf(instance)
    const run = { signal: new AbortController().signal, last: false }
    await expect(sendMail({ ...letter, id: 'm1' }, { sender: null, events }, run)).rejects.toThrow('no mail server is set up')
    expect(await told(instance, 'EMAIL_SENT_FAILED')).toBe(1)
    const { MailRefused } = await import('@vitrine/domain/ports/mail')
    mail.trouble = new MailRefused('nobody of that name')
    await new PostgresJobs(server.database.tenant(instance.id)).add([{ name: 'mail-send', payload: { mail: { ...letter, id: 'm2' } } }])
    await until(async () => (await told(instance, 'EMAIL_SENT_FAILED')) === 2)
    mail.trouble = null
    const dead = () =>
      server.database.control.unsafe(`select data from vitrine_jobs.job where name = $1 and data->>'instance' = $2`, [DEAD_LETTERS, instance.id])
    await until(async () => (await dead()).length === 1)
  })

  it('is tried again while the mail server is away, and given up in the end', async () => {
    const instance = await server.instance()
    const { sendMail } = await import('@vitrine/domain/mail/send-mail')
    const away = { send: () => Promise.reject(new Error('connection refused')), close: () => undefined }
    const run = (last: boolean) =>
      sendMail({ ...letter, id: 'm3' }, { sender: away, events: eventsOf(instance) }, { signal: new AbortController().signal, last })
    await expect(run(false)).rejects.toThrow('connection refused')
    expect(await told(instance, 'EMAIL_SENT_FAILED')).toBe(0)
    await expect(run(true)).rejects.toThrow('connection refused')
    expect(await told(instance, 'EMAIL_SENT_FAILED')).toBe(1)
  })
})

describe('jobs of an instance that is gone', () => {
  it('are done without doing anything', async () => {
    const handler = server.jobs['webhook-dispatch']
    await expect(
      handler({ instance: '00000000-0000-7000-8000-000000000000', payload: { idle: 0 }, signal: new AbortController().signal, key: '', last: false }),
    ).resolves.toBeUndefined()
  })
})
