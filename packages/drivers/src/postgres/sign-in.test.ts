import { isDomainError } from '@vitrine/domain/errors'
import { seedPeople } from '@vitrine/domain/people/seed'
import { Sessions } from '@vitrine/domain/people/sessions'
import { SignIn, type SignInResult } from '@vitrine/domain/sign-in/sign-in'
import { Throttle } from '@vitrine/domain/sign-in/throttle'
import { Tokens } from '@vitrine/domain/sign-in/tokens'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Argon2Passwords } from '../passwords/argon2.ts'
import { PostgresAccounts } from './accounts.ts'
import { PostgresCounters } from './counters.ts'
import { PostgresEvents } from './events.ts'
import { PostgresPeopleSeed } from './people-seed.ts'
import { PostgresSignInFailures } from './sign-in-failures.ts'
import { PostgresTokens } from './tokens.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const MINUTE = 60_000
const passwords = new Argon2Passwords({ memoryKib: 64, passes: 1 })

async function instance(attempts = 3) {
  const tenant = db.instance()
  const time = { now: new Date('2026-05-10T12:00:00Z') }
  const clock = () => time.now
  const accounts = new PostgresAccounts(tenant)
  const seed = () =>
    seedPeople({ store: new PostgresPeopleSeed(tenant), counters: new PostgresCounters(tenant), passwords }, { rootPassword: 'first secret' })
  await seed()
  const signIn = new SignIn({
    accounts,
    passwords,
    clock,
    throttle: new Throttle(new PostgresSignInFailures(tenant), clock, { attempts, blockMinutes: 5 }),
    events: new PostgresEvents(tenant),
  })
  const tokens = new Tokens({ store: new PostgresTokens(tenant), accounts, clock })
  const pass = (ms: number) => {
    time.now = new Date(time.now.getTime() + ms)
  }
  return {
    tenant,
    accounts,
    seed,
    signIn,
    tokens,
    pass,
    sessions: new Sessions(accounts, clock),
    enter: (password: string, login = 'root', address = '192.0.2.1') => signIn.withPassword({ login, password, address }),
  }
}
const root = async (on: Awaited<ReturnType<typeof instance>>) => {
  const account = await on.accounts.byLogin('root')
  if (!account) throw new Error('there is no root')
  return account
}
const codeOf = (error: unknown) => (isDomainError(error) ? error.code : error)
const outcome = (result: Promise<SignInResult>) => result.then((r) => r.refused ?? 'in', codeOf)

describe('the seed', () => {
  it('makes root with all rights and the system users and groups, once', async () => {
    const on = await instance()
    await on.seed()
    await Promise.all([on.seed(), on.seed()])
    const account = await root(on)
    expect(account).toMatchObject({ id: 1, type: 'system', reference: 'system:root', systemRights: { 'system.root': {} } })
    expect(account.groups.map((g) => g.reference)).toEqual(['system:all_users'])
    const [counts] = await on.tenant.read(
      (sql) => sql`select (select count(*)::int from app_user) as users, (select count(*)::int from app_group) as groups`,
    )
    expect(counts).toEqual({ users: 6, groups: 12 })
  })

  it('does not bring an old root password back', async () => {
    const on = await instance()
    await on.tenant.write(async (sql) => sql`update app_user set password_hash = ${await passwords.hash('changed')} where login = 'root'`)
    await on.seed()
    expect(await outcome(on.enter('changed'))).toBe('in')
  })
})

describe('signing in with a password', () => {
  it('takes the login in any case, and only the right password', async () => {
    const on = await instance()
    expect(await outcome(on.enter('first secret', 'ROOT'))).toBe('in')
    expect(await outcome(on.enter('First secret'))).toBe('credentials')
    expect(await outcome(on.enter('first secret', 'nobody'))).toBe('credentials')
  })

  it('refuses system users that have no password', async () => {
    const on = await instance()
    expect(await outcome(on.enter('', 'everybody'))).toBe('credentials')
  })

  it('renews a hash that was made with older parameters', async () => {
    const on = await instance()
    await on.tenant.write(
      async (sql) => sql`update app_user set password_hash = ${await new Argon2Passwords({ memoryKib: 32, passes: 1 }).hash('first secret')}`,
    )
    expect(await outcome(on.enter('first secret'))).toBe('in')
    expect((await root(on)).passwordHash).toContain('m=64,')
  })

  it.each([
    ['secondFactor', { _two_fa_required: true }],
    ['network', { _ip_subnet_filter: ['198.51.100.0/24'] }],
    ['network', { _ip_subnet_filter: ['192.0.2.0/24'], _ip_subnet_filter_exclude: true }],
    ['in', { _ip_subnet_filter: ['192.0.2.0/24'] }],
  ])('answers %s to a member of a group with %j', async (expected, data) => {
    const on = await instance()
    await on.tenant.write(async (sql) => {
      await sql`update app_group set data = data || ${sql.json(data)} where reference = 'system:all_users'`
      await sql`update app_user set reference = null where login = 'root'`
    })
    expect(await outcome(on.enter('first secret'))).toBe(expected)
  })

  it('asks for a new password where one is required', async () => {
    const on = await instance()
    await on.tenant.write((sql) => sql`update app_user set data = '{"require_password_change": true}' where login = 'root'`)
    expect(await outcome(on.enter('first secret'))).toBe('passwordChange')
  })
})

describe('throttling', () => {
  it('blocks a login from an address after too many failures, even with the right password, until the time is over', async () => {
    const on = await instance()
    for (let i = 0; i < 3; i++) expect(await outcome(on.enter('wrong'))).toBe('credentials')
    expect(await outcome(on.enter('first secret'))).toBe('TooManyRequests')
    on.pass(5 * MINUTE - 1000)
    await expect(on.enter('first secret')).rejects.toMatchObject({ parameters: { retryafter: 1 } })
    on.pass(1000)
    expect(await outcome(on.enter('first secret'))).toBe('in')
  })

  it('leaves other addresses and logins alone, but stops a guesser with many addresses', async () => {
    const on = await instance(2)
    for (let i = 0; i < 2; i++) await on.enter('wrong')
    expect(await outcome(on.enter('wrong', 'other'))).toBe('credentials')
    for (let i = 2; i < 20; i++) expect(await outcome(on.enter('wrong', 'root', `192.0.2.${i}`))).toBe('credentials')
    expect(await outcome(on.enter('first secret', 'root', '198.51.100.1'))).toBe('TooManyRequests')
  })

  it('counts afresh after a success and after the window', async () => {
    const on = await instance()
    const failTwice = async () => [await outcome(on.enter('wrong')), await outcome(on.enter('wrong'))]
    expect(await failTwice()).toEqual(['credentials', 'credentials'])
    expect(await outcome(on.enter('first secret'))).toBe('in')
    expect(await failTwice()).toEqual(['credentials', 'credentials'])
    on.pass(5 * MINUTE)
    expect(await failTwice()).toEqual(['credentials', 'credentials'])
    expect(await outcome(on.enter('first secret'))).toBe('in')
  })

  it('lets guesses sent at once get no further than guesses sent one by one', async () => {
    const on = await instance(3)
    const guesses = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'first secret'].map((p) => outcome(on.enter(p))))
    expect(guesses.at(-1)).toBe('TooManyRequests')
  })

  it('keeps nothing of failures that do not count any more', async () => {
    const on = await instance(3)
    for (const login of ['one', 'two', 'three']) await on.signIn.withPassword({ login, password: 'x', address: '192.0.2.1' })
    on.pass(5 * MINUTE)
    await on.signIn.withPassword({ login: 'four', password: 'x', address: '192.0.2.1' })
    // One for the login from its address, one for the login from anywhere.
    expect(await on.tenant.read((sql) => sql`select 1 from sign_in_failure`)).toHaveLength(2)
  })

  it('can be turned off', async () => {
    const on = await instance(0)
    for (let i = 0; i < 20; i++) await on.enter('wrong')
    expect(await outcome(on.enter('first secret'))).toBe('in')
  })
})

describe('tokens', () => {
  const scope = ['read', 'offline']

  it('open sessions until they expire', async () => {
    const on = await instance()
    const issued = await on.tokens.issue({ account: await root(on), clientId: 'vitrine-web', scope: ['read'], refreshable: true })
    expect(issued).toMatchObject({ expiresIn: 86_400, refreshToken: undefined })
    expect(await on.sessions.resolve(issued?.accessToken ?? '')).toMatchObject({ login: 'root', root: true, datamodelVersion: 0 })
    on.pass(86_400_000)
    expect(await on.sessions.resolve(issued?.accessToken ?? '')).toBeNull()
  })

  it('are stored as hashes only', async () => {
    const on = await instance()
    const issued = await on.tokens.issue({ account: await root(on), clientId: 'vitrine-web', scope, refreshable: true })
    const rows = await on.tenant.read((sql) => sql`select t::text as row from token t`)
    expect(rows).toHaveLength(2)
    for (const secret of [issued?.accessToken, issued?.refreshToken]) expect(JSON.stringify(rows)).not.toContain(secret)
  })

  it('rotate: the access token ends with its refresh token, and a reused refresh token ends everything', async () => {
    const on = await instance()
    const account = await root(on)
    const first = await on.tokens.issue({ account, clientId: 'vitrine-web', scope, refreshable: true })
    const from = await on.tokens.redeemable('refresh', first?.refreshToken ?? '')
    const second = await on.tokens.issue({ account, clientId: 'vitrine-web', scope, refreshable: true, from: from ?? undefined })
    expect(await on.sessions.resolve(first?.accessToken ?? '')).toBeNull()
    expect(await on.sessions.resolve(second?.accessToken ?? '')).not.toBeNull()
    expect(await on.tokens.redeemable('refresh', first?.refreshToken ?? '')).toBeNull()
    expect(await on.sessions.resolve(second?.accessToken ?? '')).toBeNull()
    expect(await on.tokens.redeemable('refresh', second?.refreshToken ?? '')).toBeNull()
  })

  it('follow a refresh token only once, however many ask at the same moment', async () => {
    const on = await instance()
    const account = await root(on)
    const first = await on.tokens.issue({ account, clientId: 'vitrine-web', scope, refreshable: true })
    const from = (await on.tokens.redeemable('refresh', first?.refreshToken ?? '')) ?? undefined
    const issued = await Promise.all(
      Array.from({ length: 5 }, () => on.tokens.issue({ account, clientId: 'vitrine-web', scope, refreshable: true, from })),
    )
    expect(issued.filter(Boolean)).toHaveLength(1)
  })

  it('are not kept for ever: what has expired goes when the user comes back', async () => {
    const on = await instance()
    const account = await root(on)
    await on.tokens.issue({ account, clientId: 'vitrine-web', scope: ['read'], refreshable: true })
    on.pass(2 * 86_400_000)
    await on.tokens.issue({ account, clientId: 'vitrine-web', scope: ['read'], refreshable: true })
    expect(await on.tenant.read((sql) => sql`select 1 from token`)).toHaveLength(1)
  })

  it('are not given for a password that was changed since it was verified', async () => {
    const on = await instance()
    const verified = await root(on)
    await on.tenant.write((sql) => sql`update app_user set password_hash = 'another' where id = ${verified.id}`)
    const grant = { account: verified, clientId: 'vitrine-web', scope }
    expect(await on.tokens.issue({ ...grant, refreshable: true })).toBeNull()
    expect(await on.tokens.issueCode({ ...grant, details: {} })).toBeNull()
    expect(await on.tenant.read((sql) => sql`select 1 from token`)).toHaveLength(0)
  })

  it('end together for a user', async () => {
    const on = await instance()
    const account = await root(on)
    const issued = await on.tokens.issue({ account, clientId: 'vitrine-web', scope, refreshable: true })
    await on.tokens.revokeUser(account.id)
    expect(await on.sessions.resolve(issued?.accessToken ?? '')).toBeNull()
    expect(await on.tokens.redeemable('refresh', issued?.refreshToken ?? '')).toBeNull()
  })
})
