/** Messages that are on their way while servers die: each of them arrives, twice perhaps, and under the same id. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createVitrine, verifyWebhook } from '@vitrine/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { dataFolder, ServerProcess } from '../src/server-process.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

interface Message {
  readonly delivery: string
  readonly event: string | undefined
  readonly signature: string
  readonly body: string
}

/** Takes messages, and lets the test decide when to answer. */
async function receiver(onMessage: (message: Message, answer: () => void) => void): Promise<string> {
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const header = (name: string) => request.headers[name] as string | undefined
      const body = Buffer.concat(chunks).toString()
      const message = {
        delivery: header('x-vitrine-delivery') ?? '',
        event: header('x-vitrine-event'),
        signature: header('x-vitrine-signature') ?? '',
        body,
      }
      onMessage(message, () => void response.end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function started(dir: string, env: Record<string, string>): Promise<ServerProcess> {
  const server = ServerProcess.spawn(dir, env)
  cleanups.push(() => server.stop())
  await server.ready()
  return server
}
async function signedIn(server: ServerProcess) {
  const sdk = createVitrine({ baseUrl: server.url })
  await sdk.signIn({ login: 'root', password: 'first-root-password' })
  return sdk
}
async function folder(): Promise<string> {
  const { dir, remove } = await dataFolder()
  cleanups.push(remove)
  return dir
}
async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 90_000; !condition(); await pause(50)) if (Date.now() > deadline) throw new Error('it did not happen in time')
}
const group = (n: number) => ({ _basetype: 'event' as const, event: { type: 'GROUP_INSERT', info: { n } } })

describe('webhooks of a server that is killed', () => {
  it('lose no message: what was sent and not noted is sent again, and what happened meanwhile follows', async () => {
    const dir = await folder()
    const messages: Message[] = []
    let first = true
    let dying: ServerProcess | undefined
    const place = await receiver((message, answer) => {
      messages.push(message)
      // Sent, and not yet noted: the moment at which a message could be lost or doubled.
      if (first) void dying?.kill('SIGKILL')
      else answer()
      first = false
    })
    const env = { VITRINE_OPEN_HOSTS: place }
    dying = await started(dir, env)
    const sdk = await signedIn(dying)
    const [saved] = await sdk.webhookSave({
      body: [{ _basetype: 'webhook', webhook: { name: 'archive', url: `http://${place}/`, event_types: ['GROUP_INSERT'] } }],
    })
    await sdk.eventListCreate({ query: { skip_constraints: 'true', background: 'true' }, body: Array.from({ length: 20 }, (_, n) => group(n)) })
    await dying.exited
    const server = await started(dir, env)
    const events = () => new Set(messages.map(({ event }) => event))
    await until(() => events().size === 20)
    const lost = messages[0]?.delivery
    await until(() => messages.filter(({ delivery }) => delivery === lost).length > 1)
    expect(new Set(messages.map(({ delivery }) => delivery)).size).toBe(20)
    for (const { body, signature } of messages) expect(await verifyWebhook({ body, signature, secret: saved?.webhook.secret ?? '' })).toBe(true)
    const after = await signedIn(server)
    const id = saved?.webhook._id ?? 0
    const pending = async () => (await after.webhookDeliveryList({ path: { id }, query: { state: 'pending' } })).count
    for (const deadline = Date.now() + 60_000; (await pending()) > 0 && Date.now() < deadline;) await pause(100)
    expect(await pending()).toBe(0)
    expect(await server.stop()).toBe(0)
  })

  it('are sent by another server when the one that took the request does no background work', async () => {
    const dir = await folder()
    const messages: Message[] = []
    const place = await receiver((message, answer) => {
      messages.push(message)
      answer()
    })
    const quiet = await started(dir, { VITRINE_OPEN_HOSTS: place, VITRINE_WORKER: 'false' })
    const sdk = await signedIn(quiet)
    const [saved] = await sdk.webhookSave({ body: [{ _basetype: 'webhook', webhook: { name: 'archive', url: `http://${place}/` } }] })
    const id = saved?.webhook._id ?? 0
    await sdk.webhookTest({ path: { id } })
    expect(await sdk.webhookDeliveryList({ path: { id } })).toMatchObject({ objects: [{ state: 'pending', attempts: 0 }] })
    await started(dir, { VITRINE_OPEN_HOSTS: place })
    await until(() => messages.length === 1)
    expect(JSON.parse(messages[0]?.body ?? '')).toMatchObject({ event: { type: 'WEBHOOK_TEST' } })
  })
})
