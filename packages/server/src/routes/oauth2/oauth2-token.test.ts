import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { Argon2Passwords } from '@vitrine/drivers/passwords'
import { peopleApp, ROOT_PASSWORD, type PeopleApp } from '../../testing/people-app.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const PASSWORD = { grant_type: 'password', username: 'root', password: ROOT_PASSWORD, client_id: 'vitrine-cli' }
const token = (app: PeopleApp, fields: Record<string, string>, headers: Record<string, string> = {}) => app.form('/api/oauth2/token', fields, headers)
const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>
const refused = async (response: Response) => [response.status, (await bodyOf(response))['error']]
const worksFor = async (app: PeopleApp, accessToken: string) => (await app.as(accessToken).get('/api/oauth2/userinfo')).status === 200

describe('the password grant', () => {
  it('answers an access token for a day and, without the scope offline, no refresh token', async () => {
    const app = await peopleApp(database)
    const response = await token(app, PASSWORD)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store, no-cache')
    expect(await bodyOf(response)).toEqual({
      access_token: expect.stringMatching(/^[\w-]{43}$/),
      token_type: 'bearer',
      expires_in: 86_400,
      scope: 'read write',
    })
  })

  it.each(['offline', 'offline_access'])('adds a refresh token for the scope %s', async (scope) => {
    expect(await bodyOf(await token(await peopleApp(database), { ...PASSWORD, scope }))).toMatchObject({ refresh_token: expect.any(String), scope })
  })

  it.each(['fylr-web-frontend', 'fylr-mobile-app', 'vitrine-web'])('knows the client %s', async (client) => {
    expect((await token(await peopleApp(database), { ...PASSWORD, client_id: client })).status).toBe(200)
  })

  it.each([
    ['invalid_grant', { password: 'wrong' }],
    ['invalid_grant', { username: 'nobody' }],
    ['invalid_request', { username: '' }],
    ['invalid_client', { client_id: 'stranger' }],
    ['invalid_client', { client_secret: 'public clients have none' }],
    ['invalid_scope', { scope: 'read everything' }],
    ['unsupported_grant_type', { grant_type: 'implicit' }],
    ['unauthorized_client', { grant_type: 'client_credentials' }],
  ])('answers %s to %j', async (error, change) => {
    expect(await refused(await token(await peopleApp(database), { ...PASSWORD, ...change }))).toEqual([400, error])
  })

  it('says the same about an unknown login and a wrong password', async () => {
    const app = await peopleApp(database)
    const [one, two] = await Promise.all([token(app, { ...PASSWORD, username: 'nobody' }), token(app, { ...PASSWORD, password: 'wrong' })])
    expect(await one.text()).toBe(await two.text())
  })

  it('takes passwords with any signs', async () => {
    const app = await peopleApp(database)
    const password = 'a😀 +%&=ü\t"'
    await app.db.write(async (sql) => sql`update app_user set password_hash = ${await app.passwords.hash(password)} where login = 'root'`)
    expect((await token(app, { ...PASSWORD, password })).status).toBe(200)
  })

  it('answers 429 with the time to wait after too many failures', async () => {
    const app = await peopleApp(database, { limits: { attempts: 2, blockMinutes: 5 } })
    for (let i = 0; i < 2; i++) await token(app, { ...PASSWORD, password: 'wrong' })
    const blocked = await token(app, PASSWORD)
    expect(blocked.status).toBe(429)
    expect(blocked.headers.get('retry-after')).toBe('300')
    expect(await bodyOf(blocked)).toMatchObject({ code: 'TooManyRequests', parameters: { retryafter: 300 } })
    app.pass(300)
    expect((await token(app, PASSWORD)).status).toBe(200)
  })

  it('takes no JSON', async () => {
    const app = await peopleApp(database)
    expect(
      (await app.send('/api/oauth2/token', { method: 'POST', body: JSON.stringify(PASSWORD), headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(415)
  })
})

describe('clients with a secret', () => {
  const confidential = async () => ({
    id: 'press office',
    redirectUris: ['https://press.example/back'],
    scopes: ['read'],
    secretHash: await new Argon2Passwords({ memoryKib: 64, passes: 1 }).hash('s:cret'),
  })
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
  })
  const { client_id: _, ...fields } = PASSWORD

  it('prove who they are in the form or by HTTP Basic', async () => {
    const app = await peopleApp(database, { clients: [await confidential()] })
    expect((await token(app, { ...fields, scope: 'read', client_id: 'press office', client_secret: 's:cret' })).status).toBe(200)
    expect((await token(app, { ...fields, scope: 'read' }, basic('press office', 's:cret'))).status).toBe(200)
  })

  it('are refused without the right secret, with 401 where they used HTTP Basic', async () => {
    const app = await peopleApp(database, { clients: [await confidential()] })
    expect(await refused(await token(app, { ...fields, client_id: 'press office' }))).toEqual([400, 'invalid_client'])
    expect(await refused(await token(app, { ...fields, client_id: 'press office', client_secret: 'x' }))).toEqual([400, 'invalid_client'])
    const response = await token(app, fields, basic('press office', 'x'))
    expect(response.headers.get('www-authenticate')).toContain('Basic')
    expect(await refused(response)).toEqual([401, 'invalid_client'])
  })

  it('get no scope beyond their own', async () => {
    const app = await peopleApp(database, { clients: [await confidential()] })
    expect(await refused(await token(app, { ...fields, scope: 'write' }, basic('press office', 's:cret')))).toEqual([400, 'invalid_scope'])
  })

  it('cannot name themselves in two ways', async () => {
    const app = await peopleApp(database, { clients: [await confidential()] })
    expect(await refused(await token(app, { ...fields, client_secret: 's:cret' }, basic('press office', 's:cret')))).toEqual([400, 'invalid_request'])
  })
})

describe('the refresh_token grant', () => {
  const refresh = (app: PeopleApp, refreshToken: string, more: Record<string, string> = {}) =>
    token(app, { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'vitrine-cli', ...more })

  it('replaces both tokens and keeps the scope', async () => {
    const app = await peopleApp(database)
    const first = await app.signIn()
    const second = (await bodyOf(await refresh(app, first.refresh_token))) as Record<string, string>
    expect(second).toMatchObject({ scope: first.scope, refresh_token: expect.any(String) })
    expect(await worksFor(app, first.access_token)).toBe(false)
    expect(await worksFor(app, second['access_token'] ?? '')).toBe(true)
    expect((await refresh(app, second['refresh_token'] ?? '')).status).toBe(200)
  })

  it('ends the whole sign-in when a refresh token is used twice', async () => {
    const app = await peopleApp(database)
    const first = await app.signIn()
    const second = (await bodyOf(await refresh(app, first.refresh_token))) as Record<string, string>
    expect(await refused(await refresh(app, first.refresh_token))).toEqual([400, 'invalid_grant'])
    expect(await worksFor(app, second['access_token'] ?? '')).toBe(false)
    expect(await refused(await refresh(app, second['refresh_token'] ?? ''))).toEqual([400, 'invalid_grant'])
  })

  it('may narrow the access token, never widen it, and a refused request costs nothing', async () => {
    const app = await peopleApp(database)
    const first = await app.signIn('root', ROOT_PASSWORD, 'read offline')
    expect(await refused(await refresh(app, first.refresh_token, { scope: 'read write' }))).toEqual([400, 'invalid_scope'])
    const second = (await bodyOf(await refresh(app, first.refresh_token, { scope: 'read' }))) as Record<string, string>
    expect(second['scope']).toBe('read')
    expect(await bodyOf(await refresh(app, second['refresh_token'] ?? ''))).toMatchObject({ scope: 'read offline' })
  })

  it('belongs to one client', async () => {
    const app = await peopleApp(database)
    const { refresh_token } = await app.signIn()
    expect(await refused(await refresh(app, refresh_token, { client_id: 'vitrine-web' }))).toEqual([400, 'invalid_grant'])
    expect((await refresh(app, refresh_token)).status).toBe(200)
  })

  it('ends after 720 hours, and for users who may not sign in any more', async () => {
    const app = await peopleApp(database)
    const { refresh_token } = await app.signIn()
    app.pass(720 * 3600)
    expect(await refused(await refresh(app, refresh_token))).toEqual([400, 'invalid_grant'])
    const later = await app.signIn()
    await app.db.write((sql) => sql`update app_user set archived_at = now() where login = 'root'`)
    expect(await refused(await refresh(app, later.refresh_token))).toEqual([400, 'invalid_grant'])
  })

  it('takes no access token in its place', async () => {
    const app = await peopleApp(database)
    const { access_token } = await app.signIn()
    expect(await refused(await refresh(app, access_token))).toEqual([400, 'invalid_grant'])
  })
})

describe('the client_credentials grant', () => {
  it('gives guests a token without refresh, where guests are admitted', async () => {
    const app = await peopleApp(database, { guestLogin: true })
    const answer = await bodyOf(await token(app, { grant_type: 'client_credentials', client_id: 'vitrine-web', scope: 'read offline' }))
    expect(answer).not.toHaveProperty('refresh_token')
    expect(await app.tenant.sessions.resolve(String(answer['access_token']))).toMatchObject({
      type: 'anonymous',
      login: null,
      systemRights: {},
      root: false,
    })
  })
})

describe('the id_token', () => {
  it('is signed with a key of the instance that is kept encrypted', async () => {
    const app = await peopleApp(database, { externalUrl: 'https://museum.example/' })
    const { id_token } = await app.signIn('root', ROOT_PASSWORD, 'openid')
    const discovered = (await (await app.send('/.well-known/openid-configuration')).json()) as { jwks_uri: string }
    expect(discovered.jwks_uri).toBe('https://museum.example/api/oauth2/jwks')
    const answer = await (await app.send(new URL(discovered.jwks_uri).pathname)).text()
    expect(Object.keys((JSON.parse(answer) as { keys: object[] }).keys[0] ?? {}).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
    const keys = createLocalJWKSet(JSON.parse(answer) as JSONWebKeySet)
    const { payload, protectedHeader } = await jwtVerify(id_token ?? '', keys, {
      issuer: 'https://museum.example',
      audience: 'vitrine-cli',
    })
    expect(payload).toMatchObject({ sub: 'root', auth_time: payload.iat, exp: (payload.iat ?? 0) + 86_400 })
    expect(protectedHeader.alg).toBe('RS256')
    const rows = await app.db.read((sql) => sql`select value::text from setting`)
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain('PRIVATE KEY')
  })

  it('is signed with another key in another instance', async () => {
    const [one, other] = [await peopleApp(database), await peopleApp(database)]
    const { id_token } = await one.signIn('root', ROOT_PASSWORD, 'openid')
    const keys = createLocalJWKSet((await (await other.send('/api/oauth2/jwks')).json()) as JSONWebKeySet)
    await expect(jwtVerify(id_token ?? '', keys)).rejects.toThrow('no applicable key')
  })

  it('needs the scope openid', async () => {
    expect(await (await peopleApp(database)).signIn()).not.toHaveProperty('id_token')
  })
})
