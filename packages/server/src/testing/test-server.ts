/**
 * A server in process for tests, on a database of its own. Every answer that passes through a client here is judged by the
 * contract. Instances are real ones, made the way operators make them; each test has its own.
 */
import { randomBytes } from 'node:crypto'
import { adminOperations, adminValidators } from '@vitrine/contract/admin'
import { ContractChecker } from '@vitrine/contract/check'
import { instanceOperations, instanceValidators } from '@vitrine/contract/instance'
import type { Instance } from '@vitrine/domain/instances/instance'
import { systemClock, type Clock } from '@vitrine/domain/ports/clock'
import type { HttpFetch } from '@vitrine/domain/ports/http-fetch'
import type { BlobStores } from '@vitrine/domain/ports/blob-store'
import type { MailSender } from '@vitrine/domain/ports/mail'
import { GuardedFetch } from '@vitrine/drivers/http'
import { Argon2Passwords } from '@vitrine/drivers/passwords'
import { Database } from '@vitrine/drivers/postgres'
import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { AesSecretBox } from '@vitrine/drivers/secrets'
import { filePorts } from './file-ports.ts'
import { Passphrase } from '../admin-middleware/passphrase.ts'
import { createLogger, type Logger } from '../log.ts'
import { serverOn, type Server } from '../wire.ts'
import type { PeopleOptions } from '../tenants/people.ts'
import { recordSeen } from './seen.ts'

export const PASSPHRASE = 'operators-only'
export const ROOT_PASSWORD = 'root-of-a-test'
/** Large enough for every test, small enough that one can exceed it. */
const MAX_BODY_BYTES = 4 * 1024 * 1024

export interface Answer<T = unknown> {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The parsed body; throws when it is not JSON. */
  readonly body: T
}

export interface ApiOptions {
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

export interface TestInstance {
  readonly id: string
  readonly domain: string
  /** Access token of root. */
  readonly token: string
  /** Sends a request to this instance, as root unless told otherwise; objects are sent as JSON, URLSearchParams and FormData as forms. */
  // oxlint-disable-next-line no-explicit-any -- a test knows what it asks for and looks at the parts that matter
  readonly api: <T = any>(method: string, path: string, body?: unknown, options?: ApiOptions) => Promise<Answer<T>>
  readonly signIn: (login: string, password: string) => Promise<string>
}

export interface TestServer extends Server {
  readonly database: TestDatabase['database']
  /** Of the database, for clients of another kind. */
  readonly databaseUrl: string
  readonly checker: ContractChecker
  instance(): Promise<TestInstance>
  /** Sends a request to the administration API, with the passphrase unless told otherwise. */
  // oxlint-disable-next-line no-explicit-any -- as above
  admin<T = any>(
    method: string,
    path: string,
    options?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string },
  ): Promise<Answer<T>>
  close(): Promise<void>
}

export interface TestServerOptions {
  readonly clock?: Clock
  readonly people?: Partial<PeopleOptions>
  readonly http?: HttpFetch
  readonly mail?: MailSender
  /** In memory without it. */
  readonly stores?: BlobStores
  readonly fileRoots?: readonly string[]
  /** Nowhere without it. */
  readonly log?: Logger
  readonly streamCheckMs?: number
  readonly uploadPieceBytes?: number
  /** Of another server, to be a second one beside it. */
  readonly databaseUrl?: string
}

// Cheap on purpose: what the hash costs in production is tested where it is made.
const passwords = new Argon2Passwords({ memoryKib: 64, passes: 1, parallelism: 1 })

export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { database, url, close } = options.databaseUrl === undefined ? await testDatabase() : await joined(options.databaseUrl)
  const server = serverOn({
    database,
    passphrase: await Passphrase.fromText(PASSPHRASE),
    passwords,
    secretBox: new AesSecretBox('a key for tests that is long enough'),
    clock: options.clock ?? systemClock,
    http: options.http ?? new GuardedFetch(),
    mail: options.mail ?? null,
    ...filePorts(options.stores),
    ...(options.fileRoots && { fileRoots: options.fileRoots }),
    people: { guestLogin: false, externalUrl: null, ...options.people },
    defaultInstance: '',
    maxBodyBytes: MAX_BODY_BYTES,
    version: '0.0.0-test',
    log: options.log ?? createLogger('silent'),
    ...(options.streamCheckMs !== undefined && { streamCheckMs: options.streamCheckMs }),
    ...(options.uploadPieceBytes !== undefined && { uploadPieceBytes: options.uploadPieceBytes }),
  })
  server.lifecycle.enter('ready')
  const checker = new ContractChecker(instanceValidators, instanceOperations, { codes: true })
  const adminChecker = new ContractChecker(adminValidators, adminOperations, { codes: false })

  return {
    ...server,
    database,
    databaseUrl: url,
    checker,
    async instance() {
      const domain = `t-${randomBytes(6).toString('hex')}.test`
      const { instance } = await server.instances.create({ domain, passphrase: ROOT_PASSWORD })
      return clientOf(server, instance, checker)
    },
    async admin(method, path, { headers, body } = {}) {
      const request = new Request(`http://127.0.0.1:6060${path}`, {
        method,
        headers: { authorization: `Basic ${btoa(`:${PASSPHRASE}`)}`, ...headers },
        ...(body !== undefined && { body }),
      })
      const response = await server.adminApp.fetch(request)
      await adminChecker.check(request, response)
      return answerOf(response)
    },
    async close() {
      recordSeen([...checker.seen, ...adminChecker.seen])
      await close()
    },
  }
}

async function joined(url: string) {
  const database = await Database.open({ connection: url, maxConnections: 8 })
  return { database, url, close: () => database.close() }
}

async function clientOf(server: Server, { id, domain }: Instance, checker: ContractChecker): Promise<TestInstance> {
  const send = async (method: string, path: string, body: unknown, headers: Record<string, string>) => {
    const request = new Request(`http://${domain}${path}`, { method, headers: { host: domain, ...typeOf(body), ...headers }, ...encoded(body) })
    const response = await server.app.fetch(request)
    await checker.check(request, response)
    return answerOf(response)
  }
  const signIn = async (login: string, password: string) => {
    const form = new URLSearchParams({ grant_type: 'password', client_id: 'vitrine-cli', username: login, password })
    const { status, body, text } = await send('POST', '/api/oauth2/token', form, {})
    if (status !== 200) throw new Error(`sign-in as ${login} failed: ${text}`)
    return (body as { access_token: string }).access_token
  }
  const token = await signIn('root', ROOT_PASSWORD)
  return {
    id,
    domain,
    token,
    signIn,
    api: (async (method: string, path: string, body?: unknown, options: ApiOptions = {}) => {
      const sent = options.token === undefined ? token : options.token
      return send(method, path, body, { ...(sent !== null && { authorization: `Bearer ${sent}` }), ...options.headers })
    }) as TestInstance['api'],
  }
}

function typeOf(body: unknown): Record<string, string> {
  // A form of files names its type and its boundary by itself.
  if (body === undefined || body instanceof FormData) return {}
  return { 'content-type': body instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'application/json' }
}

function encoded(body: unknown): { body?: string | FormData } {
  if (body === undefined) return {}
  if (body instanceof FormData) return { body }
  return { body: typeof body === 'string' ? body : body instanceof URLSearchParams ? body.toString() : JSON.stringify(body) }
}

async function answerOf<T>(response: Response): Promise<Answer<T>> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  const text = new TextDecoder().decode(bytes)
  return {
    status: response.status,
    headers: response.headers,
    text,
    bytes,
    get body() {
      return JSON.parse(text) as T
    },
  }
}
