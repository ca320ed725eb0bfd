/** A receiver on a closed network that is open to one instance: over HTTP from the operator to the message that arrives. */
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { JOB_QUEUES } from '@vitrine/domain/jobs'
import { PgBossQueue } from '@vitrine/drivers/queue'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../testing/test-server.ts'

let receiver: Server
let place: string
let server: TestServer
let queue: PgBossQueue
const arrived: string[] = []

beforeAll(async () => {
  receiver = createServer((request, response) => {
    arrived.push(request.url ?? '')
    if (request.url === '/leads-inside.jpg') response.writeHead(302, { location: 'http://127.0.0.1:1/x.jpg' }).end()
    else response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '5' }).end('hello')
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  place = `127.0.0.1:${(receiver.address() as AddressInfo).port}`
  server = await testServer()
  queue = new PgBossQueue({ connection: server.databaseUrl, queues: JOB_QUEUES, log: () => undefined, pollSeconds: 0.5 })
  await queue.start(server.jobs)
})
afterAll(async () => {
  receiver.closeAllConnections()
  await queue.stop(1000)
  receiver.close()
  await server.close()
})

const open = async ({ domain }: TestInstance, open_hosts: string[]) => {
  const body = JSON.stringify({ open_hosts })
  const { status } = await server.admin('PUT', `/instances/${domain}/open-hosts`, { headers: { 'content-type': 'application/json' }, body })
  expect(status).toBe(200)
}
const saving = ({ api }: TestInstance, url: string) =>
  api('POST', '/api/v1/webhook', [{ _basetype: 'webhook', webhook: { name: url, url, secret: 'a secret of sixteen or more' } }])
const until = (condition: () => boolean | Promise<boolean>) => vi.waitUntil(condition, { timeout: 60_000, interval: 50 })

async function tested({ api }: TestInstance, id: number) {
  await api('POST', `/api/v1/webhook/${id}/test`)
  const newest = async () => (await api('GET', `/api/v1/webhook/${id}/delivery`)).body.objects[0] as { attempts: number; last_error?: string }
  await until(async () => (await newest()).attempts > 0)
  return newest()
}

describe('a place that is open to one instance', () => {
  it('is reached for that instance, and for no other', async () => {
    const [chosen, other] = await Promise.all([server.instance(), server.instance()])
    const url = `http://${place}/hook`
    expect((await saving(chosen, url)).body).toMatchObject({ code: 'WebhookUrlRefused' })
    await open(chosen, [place])
    const saved = await saving(chosen, url)
    expect(saved.status).toBe(200)
    expect(await tested(chosen, saved.body[0].webhook._id)).toMatchObject({ state: 'done' })
    expect(arrived).toEqual(['/hook'])

    expect((await saving(other, url)).body).toMatchObject({ code: 'WebhookUrlRefused' })
    // Whatever came to be stored: the message itself is kept back, too.
    const stored = await saving(other, 'https://hooks.example.com/')
    await server.database.tenant(other.id).write((sql) => sql`update webhook set url = ${url} where instance_id = ${other.id}`)
    expect(await tested(other, stored.body[0].webhook._id)).toMatchObject({ state: 'pending', last_error: `nothing is fetched from ${place}` })
    expect(arrived).toEqual(['/hook'])
  })

  it('is closed again, at once, when its operator takes it back', async () => {
    const instance = await server.instance()
    await open(instance, [place])
    const { body } = await saving(instance, `http://${place}/taken-back`)
    await open(instance, ['10.0.0.1:80'])
    expect(await tested(instance, body[0].webhook._id)).toMatchObject({ last_error: `nothing is fetched from ${place}` })
    expect(arrived).not.toContain('/taken-back')
  })

  it('is that host and that port only', async () => {
    const instance = await server.instance()
    await open(instance, [place])
    for (const url of ['http://127.0.0.1:1/', `http://127.0.0.2:${place.split(':')[1]}/`, `http://[::1]:${place.split(':')[1]}/`])
      expect((await saving(instance, url)).body).toMatchObject({ code: 'WebhookUrlRefused' })
  })

  it('has files that are imported for that instance, and for no other', async () => {
    const [chosen, other] = await Promise.all([server.instance(), server.instance()])
    await open(chosen, [place])
    const importing = ({ api }: TestInstance, path: string, more = '') =>
      api('POST', `/api/v1/eas/rput?url=${encodeURIComponent(`http://${place}${path}`)}${more}`)
    const { body } = await importing(chosen, '/notes.txt')
    expect(body).toMatchObject([{ original_filename: 'notes.txt', filesize: 5 }])
    const file = async () => (await chosen.api('GET', `/api/v1/eas/${body[0]._id}`)).body
    await until(async () => (await file()).status !== 'pending')
    expect(await file()).toMatchObject({ hash: createHash('sha256').update('hello').digest('hex') })
    const seen = arrived.length
    for (const more of ['', '&skip_head_request=true&filename=notes.txt', '&leave=true'])
      expect((await importing(other, '/notes.txt', more)).body).toMatchObject({
        code: 'EasRputError',
        parameters: { msg: `nothing is fetched from ${place}` },
      })
    expect(arrived).toHaveLength(seen)
    expect((await importing(chosen, '/leads-inside.jpg')).body).toMatchObject({ code: 'EasRputError' })
  })
})
