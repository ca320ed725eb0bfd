import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peopleApp } from '../../testing/people-app.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const PASSWORD = 'correct horse'
const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code]
const loginsOf = async (response: Response) => ((await response.json()) as { user: { login?: string } }[]).map(({ user }) => user.login)

async function museum(options: Parameters<typeof peopleApp>[1] = {}) {
  const app = await peopleApp(database, options)
  const root = app.as((await app.signIn()).access_token)
  const add = async (login: string, rights: object = {}) => {
    const response = await root.send('POST', '/api/v1/user', [{ _basetype: 'user', user: { login }, _password: PASSWORD, _system_rights: rights }])
    const [made] = (await response.json()) as [{ user: { _id: number } }]
    return { id: made.user._id, enter: async () => app.as((await app.signIn(login, PASSWORD)).access_token) }
  }
  return { app, root, add }
}

describe('reading users', () => {
  it('needs a login', async () => {
    const { app } = await museum()
    for (const path of ['/api/v1/user', '/api/v1/user/1']) expect(await codeOf(await app.send(path))).toEqual([401, 'UserRequired'])
  })

  it('lists in pages and by filters', async () => {
    const { app, root, add } = await museum()
    const ada = await add('ada')
    await add('eve')
    app.pass(60)
    expect(await loginsOf(await root.get('/api/v1/user?type=easydb'))).toEqual(['ada', 'eve'])
    expect(await loginsOf(await root.get('/api/v1/user?type=easydb&limit=1&offset=1'))).toEqual(['eve'])
    expect(await loginsOf(await root.get('/api/v1/user?changed_since=2999-01-01'))).toEqual([])
    await root.send('DELETE', `/api/v1/user/${ada.id}?delete_policy=archive`)
    expect(await loginsOf(await root.get('/api/v1/user?type=easydb&archived_since=null'))).toEqual(['eve'])
    expect(await loginsOf(await root.get('/api/v1/user?archived_since=2020-01-01T00:00:00Z'))).toEqual(['ada'])
    expect(await codeOf(await root.get('/api/v1/user?changed_since=yesterday'))).toEqual([400, 'ServerGeneric'])
    const groups = (await (await root.get('/api/v1/group')).json()) as { group: { _id: number; reference?: string } }[]
    const local = groups.find(({ group }) => group.reference === 'system:local')?.group._id
    expect(await loginsOf(await root.get(`/api/v1/user?group_ids=${local},99999`))).toEqual(['ada', 'eve'])
  })

  it('shows others, their rights and access lists only to those who manage users', async () => {
    const { root, add } = await museum()
    const ada = await add('ada')
    const eve = await add('eve')
    const client = await ada.enter()
    expect(await loginsOf(await client.get('/api/v1/user'))).toEqual(['ada'])
    expect(await codeOf(await client.get(`/api/v1/user/${eve.id}`))).toEqual([403, 'RightRequired'])
    const [own] = (await (await client.get(`/api/v1/user/${ada.id}`)).json()) as [object]
    expect(own).toMatchObject({ _system_rights: {}, _generated_rights: { read: {} } })
    expect(own).not.toHaveProperty('_owner')
    expect(await codeOf(await root.get('/api/v1/user/4711'))).toEqual([400, 'UserNotFound'])
  })
})

describe('removing users', () => {
  it('gives what they own to the deleted user, and ends their tokens', async () => {
    const { app, root, add } = await museum()
    const ada = await add('ada')
    const client = await ada.enter()
    const now = new Date()
    await app.db.write(
      (
        sql,
      ) => sql`insert into record (instance_id, system_id, table_id, object_id, uuid, version, owner_user, schema_version, created_at, modified_at, content)
      select ${app.db.instanceId}, 1, 1, 1, gen_random_uuid(), 1, ${ada.id}, 1, ${now}, ${now}, '{}'`,
    )
    expect((await root.send('DELETE', `/api/v1/user/${ada.id}`)).status).toBe(200)
    expect((await client.get('/api/v1/user/session')).status).toBe(400)
    expect(await codeOf(await root.get(`/api/v1/user/${ada.id}`))).toEqual([400, 'UserNotFound'])
    const [owner] = await app.db.read((sql) => sql`select u.reference from record r join app_user u on u.id = r.owner_user`)
    expect(owner).toEqual({ reference: 'system:deleted_user' })
  })

  it('archives and brings back', async () => {
    const { app, root, add } = await museum()
    const ada = await add('ada')
    const client = await ada.enter()
    const remove = (policy: string) => root.send('DELETE', `/api/v1/user/${ada.id}?delete_policy=${policy}`)
    expect(await (await remove('archive')).json()).toMatchObject([{ _archived_at: expect.any(String) }])
    expect((await client.get('/api/v1/user/session')).status).toBe(400)
    await expect(app.signIn('ada', PASSWORD)).rejects.toThrow('archived')
    expect(await codeOf(await remove('archive'))).toEqual([400, 'UserDeletePolicy'])
    expect((await remove('unarchive')).status).toBe(200)
    expect(await codeOf(await remove('unarchive'))).toEqual([400, 'UserDeletePolicy'])
    await app.signIn('ada', PASSWORD)
  })

  it('spares system users and oneself', async () => {
    const { root, add } = await museum()
    for (const id of [1, 2, 6]) expect(await codeOf(await root.send('DELETE', `/api/v1/user/${id}`))).toEqual([400, 'DeleteSystemUser'])
    const ada = await add('ada', { 'system.user': {} })
    expect(await codeOf(await (await ada.enter()).send('DELETE', `/api/v1/user/${ada.id}`))).toEqual([400, 'UserDeleteSelf'])
    expect(await codeOf(await root.send('DELETE', '/api/v1/user/4711'))).toEqual([400, 'UserNotFound'])
  })
})

describe('the session', () => {
  it('tells who is signed in, with what rights, since when', async () => {
    const { app, add } = await museum()
    const ada = await add('ada', { 'system.datamodel': { level: 'development' } })
    const { access_token } = await app.signIn('ada', PASSWORD)
    const session = await (await app.send('/api/v1/user/session', { headers: { 'x-fylr-authorization': `Bearer ${access_token}` } })).json()
    expect(session).toMatchObject({
      access_token,
      user: { user: { _id: ada.id, login: 'ada' } },
      system_rights: { 'system.datamodel': { level: 'development' }, 'system.user.change_password': {} },
      authenticated: { method: 'easydb', client_id: 'vitrine-cli' },
      instance: { name: 'museum.example' },
    })
  })

  it('says of guests not how they signed in', async () => {
    const { app } = await museum({ guestLogin: true })
    const { access_token } = (await (await app.form('/api/oauth2/token', { grant_type: 'client_credentials', client_id: 'vitrine-web' })).json()) as {
      access_token: string
    }
    const session = await (await app.as(access_token).get('/api/v1/user/session')).json()
    expect(session).toMatchObject({ user: { user: { type: 'anonymous' } } })
    expect(session).not.toHaveProperty('authenticated')
  })

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['a broken header', { authorization: 'Bearer ' }],
  ])('answers 400 to %s', async (_, headers) => {
    const { app } = await museum()
    expect(await codeOf(await app.send('/api/v1/user/session', { headers }))).toEqual([400, 'InvalidToken'])
  })
})

describe('the ways a token travels', () => {
  it('are all the same', async () => {
    const { app } = await museum()
    const { access_token: token } = await app.signIn()
    expect((await app.send('/api/v1/user/session', { headers: { authorization: `bearer ${token}` } })).status).toBe(200)
    expect((await app.send('/api/v1/user/session', { headers: { 'x-fylr-authorization': `Bearer ${token}` } })).status).toBe(200)
    expect((await app.send(`/api/v1/user/session?access_token=${token}`)).status).toBe(200)
  })

  it('are looked at in order, and a wrong token in the first place is not saved by a right one in the second', async () => {
    const { app } = await museum()
    const { access_token: token } = await app.signIn()
    expect((await app.send(`/api/v1/user/session?access_token=${token}`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(400)
    expect(
      (await app.send('/api/v1/user/session', { headers: { authorization: `Bearer ${token}`, 'x-fylr-authorization': 'Bearer wrong' } })).status,
    ).toBe(200)
    expect(
      (await app.send('/api/v1/user/session', { headers: { authorization: 'Basic eDp5', 'x-fylr-authorization': `Bearer ${token}` } })).status,
    ).toBe(200)
  })
})

describe('changing the own password', () => {
  const NEXT = { password: PASSWORD, new_password: 'battery staple' }

  it('takes a form or JSON and ends everything that was signed in', async () => {
    const { app, add } = await museum()
    const client = await (await add('ada')).enter()
    expect((await client.send('POST', '/api/v1/user/change_password', NEXT)).status).toBe(200)
    expect((await client.get('/api/v1/user/session')).status).toBe(400)
    const { access_token } = await app.signIn('ada', NEXT.new_password)
    const form = await app.form(
      '/api/v1/user/change_password',
      { password: NEXT.new_password, new_password: 'another staple' },
      { authorization: `Bearer ${access_token}` },
    )
    expect(await form.json()).toEqual({ status: 'ok' })
    await app.signIn('ada', 'another staple')
  })

  it.each([
    [400, 'WrongPassword', { ...NEXT, password: 'wrong' }],
    [403, 'PasswordRequirementNotFulfilled', { ...NEXT, new_password: 'short' }],
    [403, 'PasswordRequirementNotFulfilled', { ...NEXT, new_password: PASSWORD }],
  ])('answers %i %s', async (status, code, body) => {
    const { add } = await museum()
    expect(await codeOf(await (await (await add('ada')).enter()).send('POST', '/api/v1/user/change_password', body))).toEqual([status, code])
  })

  it('counts wrong guesses like failed sign-ins', async () => {
    const { add } = await museum({ limits: { attempts: 2, blockMinutes: 5 } })
    const client = await (await add('ada')).enter()
    for (let i = 0; i < 2; i++) await client.send('POST', '/api/v1/user/change_password', { ...NEXT, password: `guess ${i}` })
    expect(await codeOf(await client.send('POST', '/api/v1/user/change_password', NEXT))).toEqual([429, 'TooManyRequests'])
  })

  it('needs a login', async () => {
    const { app } = await museum()
    expect(await codeOf(await app.form('/api/v1/user/change_password', NEXT))).toEqual([401, 'UserRequired'])
  })
})
