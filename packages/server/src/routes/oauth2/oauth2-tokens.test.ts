import { Argon2Passwords } from '@vitrine/drivers/passwords'
import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peopleApp, type PeopleApp } from '../../testing/people-app.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

type Fields = Record<string, string>
const confidential = async () => ({
  id: 'gateway',
  redirectUris: ['https://gateway.example/back'],
  scopes: ['read'],
  secretHash: await new Argon2Passwords({ memoryKib: 64, passes: 1 }).hash('secret'),
})
const revoke = (app: PeopleApp, fields: Fields, headers?: Fields) => app.form('/api/oauth2/revoke', fields, headers)
const introspect = (app: PeopleApp, fields: Fields, headers?: Fields) => app.form('/api/oauth2/introspect', fields, headers)
const alive = async (app: PeopleApp, token: string) => (await app.tenant.sessions.resolve(token)) !== null

describe('revoking', () => {
  it.each(['access_token', 'refresh_token'] as const)('an %s ends the sign-in', async (kind) => {
    const app = await peopleApp(database)
    const tokens = await app.signIn()
    expect((await revoke(app, { token: tokens[kind], token_type_hint: kind, client_id: 'vitrine-cli' })).status).toBe(200)
    expect(await alive(app, tokens.access_token)).toBe(false)
    expect(
      (await app.form('/api/oauth2/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: 'vitrine-cli' })).status,
    ).toBe(400)
  })

  it('leaves other sign-ins alone, answers 200 to unknown tokens, and needs no client for a public one', async () => {
    const app = await peopleApp(database)
    const [one, two] = [await app.signIn(), await app.signIn()]
    expect((await revoke(app, { token: 'unknown' })).status).toBe(200)
    expect((await revoke(app, { token: one.access_token })).status).toBe(200)
    expect([await alive(app, one.access_token), await alive(app, two.access_token)]).toEqual([false, true])
  })

  it('does nothing for a client that the token does not belong to', async () => {
    const app = await peopleApp(database, { clients: [await confidential()] })
    const { access_token } = await app.signIn()
    for (const client of [{ client_id: 'vitrine-web' }, { client_id: 'gateway', client_secret: 'secret' }, { client_id: 'stranger' }])
      expect((await revoke(app, { token: access_token, ...client })).status).toBe(200)
    expect(await alive(app, access_token)).toBe(true)
  })

  it('needs a token', async () => {
    const response = await revoke(await peopleApp(database), { client_id: 'vitrine-cli' })
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_request' }])
  })
})

describe('introspection', () => {
  it('tells a client about its own tokens', async () => {
    const app = await peopleApp(database)
    const tokens = await app.signIn()
    const now = Math.floor(app.now().getTime() / 1000)
    const state = await (await introspect(app, { token: tokens.access_token, client_id: 'vitrine-cli' })).json()
    expect(state).toEqual({
      active: true,
      scope: 'read write offline',
      client_id: 'vitrine-cli',
      sub: 'root',
      iat: now,
      exp: now + 86_400,
      token_type: 'bearer',
    })
    expect(await (await introspect(app, { token: tokens.refresh_token, client_id: 'vitrine-cli' })).json()).toMatchObject({
      active: true,
      token_type: 'refresh_token',
    })
  })

  it('tells a public client nothing about the tokens of others, and one with a secret everything', async () => {
    const app = await peopleApp(database, { clients: [await confidential()] })
    const { access_token: token } = await app.signIn()
    expect(await (await introspect(app, { token, client_id: 'vitrine-web' })).json()).toEqual({ active: false })
    const authorization = `Basic ${btoa('gateway:secret')}`
    expect(await (await introspect(app, { token }, { authorization })).json()).toMatchObject({ active: true })
  })

  it.each<[string, Fields]>([
    ['no client', {}],
    ['an unknown client', { client_id: 'stranger' }],
    ['a wrong secret', { client_id: 'gateway', client_secret: 'wrong' }],
    ['a missing secret', { client_id: 'gateway' }],
  ])('refuses %s', async (_, client) => {
    const app = await peopleApp(database, { clients: [await confidential()] })
    const { access_token: token } = await app.signIn()
    const response = await introspect(app, { token, ...client })
    expect(response.headers.has('www-authenticate')).toBe(true)
    expect([response.status, await response.json()]).toMatchObject([401, { error: 'invalid_client' }])
  })

  it('calls ended, used and unknown tokens inactive', async () => {
    const app = await peopleApp(database)
    const { access_token } = await app.signIn()
    app.pass(86_400)
    for (const token of [access_token, 'unknown'])
      expect(await (await introspect(app, { token, client_id: 'vitrine-cli' })).json()).toEqual({ active: false })
  })
})

describe('userinfo', () => {
  it.each(['GET', 'POST'])('answers what is known about the user to %s', async (method) => {
    const app = await peopleApp(database)
    await app.db.write(
      (sql) => sql`update app_user set email = 'root@example.org', data = data || '{"town": "London", "remarks": "hidden"}' where login = 'root'`,
    )
    const { access_token } = await app.signIn()
    const response = await app.send('/api/oauth2/userinfo', { method, headers: { authorization: `Bearer ${access_token}` } })
    expect(await response.json()).toEqual({ sub: 'root', displayname: 'Root', email: 'root@example.org', email_verified: false, town: 'London' })
  })

  it.each(['GET', 'POST'])('answers 400 without a valid token to %s', async (method) => {
    const response = await (await peopleApp(database)).send('/api/oauth2/userinfo?access_token=wrong', { method })
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'InvalidToken' }])
  })
})

describe('discovery', () => {
  it('names the address the client has used, or the external one', async () => {
    expect(await (await (await peopleApp(database)).send('/.well-known/openid-configuration')).json()).toMatchObject({
      issuer: 'http://museum.example',
      token_endpoint: 'http://museum.example/api/oauth2/token',
      grant_types_supported: ['authorization_code', 'password', 'refresh_token'],
      scopes_supported: ['read', 'write', 'openid', 'offline'],
      code_challenge_methods_supported: ['S256'],
    })
    const outside = await peopleApp(database, { externalUrl: 'https://museum.example/', guestLogin: true })
    expect(await (await outside.send('/.well-known/openid-configuration')).json()).toMatchObject({
      issuer: 'https://museum.example',
      grant_types_supported: ['authorization_code', 'password', 'refresh_token', 'client_credentials'],
    })
  })
})
