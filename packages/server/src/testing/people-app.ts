/** For tests only: the doors about people over a real database, with a clock that the test moves. */
import { ContractChecker } from '@vitrine/contract/check'
import { instanceOperations, instanceValidators } from '@vitrine/contract/instance'
import { DatamodelService } from '@vitrine/domain/datamodel/datamodel-service'
import { seedDatamodel } from '@vitrine/domain/datamodel/seed'
import { EventLog } from '@vitrine/domain/events/event-log'
import { seedPeople } from '@vitrine/domain/people/seed'
import { Argon2Passwords } from '@vitrine/drivers/passwords'
import { AesSecretBox } from '@vitrine/drivers/secrets'
import type { TestDatabase } from '@vitrine/drivers/testing'
import {
  PostgresAccounts,
  PostgresCounters,
  PostgresDatamodels,
  PostgresEvents,
  PostgresGroups,
  PostgresPeopleSeed,
  PostgresPrincipals,
  PostgresRightPresets,
  PostgresSettings,
  PostgresSignInFailures,
  PostgresTokens,
  PostgresUsers,
  PostgresViolations,
} from '@vitrine/drivers/postgres'
import { afterAll } from 'vitest'
import { createApp } from '../app.ts'
import { Lifecycle } from '../lifecycle.ts'
import { createLogger } from '../log.ts'
import { peopleOf, type PeopleOptions } from '../tenants/people.ts'
import type { Tenant } from '../tenants/tenant.ts'
import { recordSeen } from './seen.ts'

export const ROOT_PASSWORD = 'first secret'
const ORIGIN = 'http://museum.example'
const checker = new ContractChecker(instanceValidators, instanceOperations, { codes: true })
afterAll(() => recordSeen([...checker.seen]))

export type PeopleApp = Awaited<ReturnType<typeof peopleApp>>

export async function peopleApp(database: TestDatabase, options: Partial<PeopleOptions> = {}, log = createLogger('silent')) {
  const db = database.instance()
  const id = db.instanceId
  const time = { now: new Date() }
  const clock = () => time.now
  const passwords = new Argon2Passwords({ memoryKib: 64, passes: 1 })
  const counters = new PostgresCounters(db)
  await seedPeople({ store: new PostgresPeopleSeed(db), counters, passwords }, { rootPassword: ROOT_PASSWORD })
  const datamodelStore = new PostgresDatamodels(db)
  await seedDatamodel(datamodelStore)
  const eventStore = new PostgresEvents(db)
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
      principals: new PostgresPrincipals(db),
      datamodels: new DatamodelService({ store: datamodelStore, violations: new PostgresViolations(db), onJudgeFailed: (error) => log.error(error) }),
      counters,
      passwords,
      secretBox: new AesSecretBox('0123456789abcdef0123456789abcdef'),
      clock,
      events: eventStore,
    },
    { guestLogin: false, externalUrl: null, ...options },
  )
  // The operations about people ask for nothing else of an instance.
  const events = new EventLog(eventStore, 'museum.example')
  const tenant = { id, domain: 'museum.example', events, ...people } as unknown as Tenant
  const lifecycle = new Lifecycle(() => Promise.resolve())
  lifecycle.enter('ready')
  const app = createApp({ tenants: { find: () => Promise.resolve(tenant) }, lifecycle, log, maxBodyBytes: 1024 * 1024 })

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
