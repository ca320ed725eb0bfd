/** For tests only: the doors about people over a real database, with a clock that the test moves. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { ContractChecker } from '@vitrine/contract/check'
import { instanceOperations, instanceRoutes, instanceValidators } from '@vitrine/contract/instance'
import { mount } from '@vitrine/contract/mount'
import { fail } from '@vitrine/domain/errors'
import { seedPeople } from '@vitrine/domain/people/seed'
import { Argon2Passwords } from '@vitrine/drivers/passwords'
import { AesSecretBox } from '@vitrine/drivers/secrets'
import type { TestDatabase } from '@vitrine/drivers/testing'
import {
  PostgresAccounts,
  PostgresCounters,
  PostgresGroups,
  PostgresPeopleSeed,
  PostgresRightPresets,
  PostgresSettings,
  PostgresSignInFailures,
  PostgresTokens,
  PostgresUsers,
} from '@vitrine/drivers/postgres'
import { afterAll } from 'vitest'
import type { ServerEnv } from '../env.ts'
import { caller } from '../middleware/caller.ts'
import { onError, refuse } from '../middleware/errors.ts'
import { guard } from '../middleware/guard.ts'
import { standardHeaders } from '../middleware/headers.ts'
import { oauth2Errors } from '../middleware/oauth2-errors.ts'
import { groupHandlers } from '../routes/groups/index.ts'
import { oauth2Handlers } from '../routes/oauth2/index.ts'
import { rightHandlers } from '../routes/rights/index.ts'
import { userHandlers } from '../routes/users/index.ts'
import { peopleOf, type PeopleOptions } from '../tenants/people.ts'
import type { Tenant } from '../tenants/tenant.ts'
import { recordSeen } from './seen.ts'

export const ROOT_PASSWORD = 'first secret'
const ORIGIN = 'http://museum.example'
const checker = new ContractChecker(instanceValidators, instanceOperations, { codes: true })
afterAll(() => recordSeen([...checker.seen]))

export type PeopleApp = Awaited<ReturnType<typeof peopleApp>>

export async function peopleApp(database: TestDatabase, options: Partial<PeopleOptions> = {}) {
  const db = database.instance()
  const id = db.instanceId
  const time = { now: new Date() }
  const clock = () => time.now
  const passwords = new Argon2Passwords({ memoryKib: 64, passes: 1 })
  const counters = new PostgresCounters(db)
  await seedPeople({ store: new PostgresPeopleSeed(db), counters, passwords }, { rootPassword: ROOT_PASSWORD })
  const people = peopleOf(
    {
      instanceId: id,
      accounts: new PostgresAccounts(db),
      failures: new PostgresSignInFailures(db),
      tokens: new PostgresTokens(db),
      settings: new PostgresSettings(db),
      users: new PostgresUsers(db),
      groups: new PostgresGroups(db),
      rightPresets: new PostgresRightPresets(db),
      counters,
      passwords,
      secretBox: new AesSecretBox('0123456789abcdef0123456789abcdef'),
      clock,
    },
    { guestLogin: false, externalUrl: null, ...options },
  )
  // The operations about people ask for nothing else of an instance.
  const tenant = { id, domain: 'museum.example', ...people } as unknown as Tenant
  const app = appFor(tenant)

  /** Sends a request; every answer is judged by the document. */
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const url = `${ORIGIN}${path}`
    const response = await app.request(url, { ...init, headers: { host: 'museum.example', ...(init.headers as Record<string, string> | undefined) } })
    await checker.check({ method: init.method ?? 'GET', url }, response)
    return response
  }
  const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    send(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    })
  const signIn = async (username = 'root', password = ROOT_PASSWORD, scope = 'read write offline') => {
    const response = await form('/api/oauth2/token', { grant_type: 'password', username, password, scope, client_id: 'vitrine-cli' })
    if (response.status !== 200) throw new Error(`signing in as ${username} answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as { access_token: string; refresh_token: string; scope: string; id_token?: string; expires_in: number }
  }
  const as = (token: string) => ({
    get: (path: string) => send(path, { headers: { authorization: `Bearer ${token}` } }),
    send: (method: string, path: string, body?: unknown) =>
      send(path, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  })
  const pass = (seconds: number) => {
    time.now = new Date(time.now.getTime() + seconds * 1000)
  }
  return { tenant, db, passwords, send, form, signIn, as, pass, now: clock }
}

function appFor(tenant: Tenant): OpenAPIHono<ServerEnv> {
  const app = new OpenAPIHono<ServerEnv>({
    defaultHook: (result) => {
      if (!result.success)
        refuse({
          kind: 'invalid',
          where: result.target === 'json' ? 'body' : result.target === 'param' ? 'path' : 'query',
          pointer: '',
          message: result.error.issues[0]?.message ?? '',
        })
    },
  })
  app.onError(onError)
  app.notFound((c) => fail('UnknownEndpointMethod', { endpoint: c.req.path, method: c.req.method }))
  app.use(
    standardHeaders(() => 'ready'),
    oauth2Errors(),
  )
  app.use(async (c, next) => {
    c.set('tenant', tenant)
    await next()
  }, caller())
  const handlers = { ...groupHandlers, ...oauth2Handlers, ...rightHandlers, ...userHandlers }
  const operations = instanceOperations.filter((operation) => operation.id in handlers)
  mount(app, handlers as never, { validators: instanceValidators, operations, routes: instanceRoutes, guard, refuse })
  return app
}
