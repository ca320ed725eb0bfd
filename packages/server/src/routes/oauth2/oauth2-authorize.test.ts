import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peopleApp, ROOT_PASSWORD, type PeopleApp } from '../../testing/people-app.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const VERIFIER = 'v'.repeat(50)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const BACK = 'http://museum.example/oauth2/callback'
const ASK = {
  client_id: 'vitrine-web',
  response_type: 'code',
  redirect_uri: BACK,
  scope: 'read offline openid',
  state: 'a&b="<c>',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}
const CREDENTIALS = { login: 'root', password: ROOT_PASSWORD }
type Fields = Record<string, string>

const without = (name: string, fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))
const ask = (app: PeopleApp, fields: Fields = ASK) => app.send(`/api/oauth2/auth?${new URLSearchParams(fields)}`)
const submit = (app: PeopleApp, fields: Fields = { ...ASK, ...CREDENTIALS }, headers: Fields = {}) => app.form('/api/oauth2/auth', fields, headers)
const locationOf = (response: Response) => {
  expect(response.status).toBe(302)
  return new URL(response.headers.get('location') ?? '')
}
const codeFor = async (app: PeopleApp, fields?: Fields) => locationOf(await submit(app, fields)).searchParams.get('code') ?? ''
const exchange = (app: PeopleApp, code: string, change: Fields = {}) =>
  app.form('/api/oauth2/token', {
    grant_type: 'authorization_code',
    client_id: 'vitrine-web',
    redirect_uri: BACK,
    code,
    code_verifier: VERIFIER,
    ...change,
  })
const errorOf = async (response: Response) => [response.status, ((await response.json()) as { error: string }).error]

describe('the sign-in form', () => {
  it('carries the request, escaped, and allows no script', async () => {
    const response = await ask(await peopleApp(database), { ...ASK, login: '"><script>' })
    const html = await response.text()
    expect(response.status).toBe(200)
    expect(html).toContain('name="state" value="a&amp;b=&quot;&lt;c&gt;"')
    expect(html).toContain('value="&quot;&gt;&lt;script&gt;"')
    expect(html).not.toContain('<script')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("form-action 'self' http://museum.example;")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(response.headers.get('x-frame-options')).toBe('DENY')
  })

  it('ignores a password in the address', async () => {
    const response = await ask(await peopleApp(database), { ...ASK, ...CREDENTIALS })
    expect(response.status).toBe(200)
    expect(await response.text()).not.toContain(ROOT_PASSWORD)
  })

  it('comes again with one and the same message after a wrong password or login', async () => {
    const app = await peopleApp(database)
    const texts = await Promise.all([
      submit(app, { ...ASK, login: 'root', password: 'wrong' }).then((r) => r.text()),
      submit(app, { ...ASK, login: 'nobody', password: 'wrong' }).then((r) => r.text()),
    ])
    expect(texts[0]).toContain('role="alert"')
    expect(texts[0]).not.toContain('wrong"')
    expect(texts[0]?.replace('value="root"', '')).toBe(texts[1]?.replace('value="nobody"', ''))
  })

  it('says when there were too many attempts', async () => {
    const app = await peopleApp(database, { limits: { attempts: 1, blockMinutes: 5 } })
    await submit(app, { ...ASK, login: 'root', password: 'wrong' })
    const response = await submit(app)
    expect(await response.text()).toContain('too many attempts')
  })

  it.each<[string, Fields]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['nowhere', { origin: 'null' }],
  ])('does not sign in for a form from %s', async (_, headers) => {
    const response = await submit(await peopleApp(database), undefined, headers)
    expect(response.status).toBe(200)
    expect(response.headers.has('location')).toBe(false)
  })

  it.each<Fields>([{ 'sec-fetch-site': 'same-origin', origin: 'null' }, { origin: 'http://museum.example' }])(
    'signs in for its own form with %j',
    async (headers) => {
      expect(locationOf(await submit(await peopleApp(database), undefined, headers)).searchParams.has('code')).toBe(true)
    },
  )
})

describe('the way back to the client', () => {
  it('carries the code and the state', async () => {
    const location = locationOf(await submit(await peopleApp(database)))
    expect(`${location.origin}${location.pathname}`).toBe(BACK)
    expect(location.searchParams.get('state')).toBe(ASK.state)
    expect(location.searchParams.get('code')).toMatch(/^[\w-]{43}$/)
  })

  it('is the only registered address when none is named', async () => {
    const location = locationOf(await submit(await peopleApp(database), without('redirect_uri', { ...ASK, ...CREDENTIALS })))
    expect(location.pathname).toBe('/oauth2/callback')
  })

  it('keeps a query of its own and custom schemes', async () => {
    const clients = [{ id: 'app', redirectUris: ['museum-app://back?from=login'], scopes: ['read'], secretHash: null }]
    const app = await peopleApp(database, { clients })
    const fields = { ...ASK, ...CREDENTIALS, client_id: 'app', redirect_uri: 'museum-app://back?from=login', scope: 'read' }
    const location = locationOf(await submit(app, fields))
    expect(location.protocol).toBe('museum-app:')
    expect([...location.searchParams.keys()].toSorted()).toEqual(['code', 'from', 'state'])
    expect((await ask(app, without('password', without('login', fields)))).headers.get('content-security-policy')).toContain(
      "form-action 'self' museum-app:;",
    )
  })

  it.each([
    ['invalid_client', { client_id: 'stranger' }],
    ['invalid_request', { redirect_uri: 'https://evil.example/' }],
    ['invalid_request', { redirect_uri: `${BACK}/` }],
    ['invalid_request', { redirect_uri: `${BACK}?x=1` }],
    ['invalid_request', { redirect_uri: 'javascript:alert(1)' }],
  ])('is not taken for %s with %j', async (error, change) => {
    const app = await peopleApp(database)
    expect(await errorOf(await ask(app, { ...ASK, ...change }))).toEqual([400, error])
    expect(await errorOf(await submit(app, { ...ASK, ...CREDENTIALS, ...change }))).toEqual([400, error])
  })

  it.each([
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_request', { code_challenge: 'short' }],
    ['invalid_scope', { scope: 'read everything' }],
    ['invalid_request', { auth_method: 'saml' }],
    ['access_denied', { auth_method: 'anonymous' }],
  ])('tells the client %s for %j', async (error, change) => {
    const location = locationOf(await ask(await peopleApp(database), { ...ASK, ...change }))
    expect(location.searchParams.get('error')).toBe(error)
    expect(location.searchParams.get('state')).toBe(ASK.state)
  })

  it.each(['code_challenge', 'code_challenge_method'])('needs %s', async (name) => {
    expect(locationOf(await ask(await peopleApp(database), without(name, ASK))).searchParams.get('error')).toBe('invalid_request')
  })

  it('leads guests straight on, where they are admitted', async () => {
    const app = await peopleApp(database, { guestLogin: true })
    const code = locationOf(await ask(app, { ...ASK, auth_method: 'anonymous' })).searchParams.get('code') ?? ''
    const { access_token } = (await (await exchange(app, code)).json()) as { access_token: string }
    expect(await app.tenant.sessions.resolve(access_token)).toMatchObject({ type: 'anonymous' })
  })
})

describe('the authorization_code grant', () => {
  it('answers tokens, with the nonce in the signed statement', async () => {
    const app = await peopleApp(database)
    const response = await exchange(app, await codeFor(app, { ...ASK, ...CREDENTIALS, nonce: 'n-1' }))
    expect(response.status).toBe(200)
    const body = (await response.json()) as Fields
    expect(body).toMatchObject({ scope: 'read offline openid', refresh_token: expect.any(String) })
    expect(decodeJwt(body['id_token'] ?? '')).toMatchObject({ sub: 'root', aud: 'vitrine-web', nonce: 'n-1', iss: 'http://museum.example' })
    expect(await app.tenant.sessions.resolve(body['access_token'] ?? '')).toMatchObject({ login: 'root', clientId: 'vitrine-web' })
  })

  it.each<[string, Fields]>([
    ['invalid_grant', { code_verifier: 'w'.repeat(50) }],
    ['invalid_request', { code_verifier: 'too short' }],
    ['invalid_grant', { code_verifier: '' }],
    ['invalid_request', { redirect_uri: `${BACK}/` }],
  ])('answers %s to %j, and the code is used up', async (error, change) => {
    const app = await peopleApp(database)
    const code = await codeFor(app)
    expect(await errorOf(await exchange(app, code, change))).toEqual([400, error])
    expect(await errorOf(await exchange(app, code))).toEqual([400, 'invalid_grant'])
  })

  it('belongs to the client it was made for, and ends after five minutes', async () => {
    const app = await peopleApp(database)
    const code = await codeFor(app)
    expect(await errorOf(await exchange(app, code, { client_id: 'fylr-web-frontend' }))).toEqual([400, 'invalid_grant'])
    app.pass(300)
    expect(await errorOf(await exchange(app, code))).toEqual([400, 'invalid_grant'])
    expect(await errorOf(await exchange(app, 'made-up'))).toEqual([400, 'invalid_grant'])
  })

  it('ends everything when a code is used twice', async () => {
    const app = await peopleApp(database)
    const code = await codeFor(app)
    const { access_token } = (await (await exchange(app, code)).json()) as { access_token: string }
    expect(await errorOf(await exchange(app, code))).toEqual([400, 'invalid_grant'])
    expect(await app.tenant.sessions.resolve(access_token)).toBeNull()
  })

  it('gives tokens to at most one of several at the same moment', async () => {
    const app = await peopleApp(database)
    const code = await codeFor(app)
    const answers = await Promise.all(Array.from({ length: 5 }, () => exchange(app, code)))
    expect(answers.filter((r) => r.status === 200).length).toBeLessThanOrEqual(1)
  })
})
