import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peopleApp, ROOT_PASSWORD, type PeopleApp } from '../../testing/people-app.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

type Document = { user: Record<string, unknown>; _groups?: { group: Record<string, unknown> }[]; _system_rights?: object } & Record<string, unknown>
const PASSWORD = 'correct horse'
const doc = (user: object, rest: object = {}) => ({ _basetype: 'user', user, ...rest })

async function asRoot(options: Parameters<typeof peopleApp>[1] = {}) {
  const app = await peopleApp(database, options)
  const root = app.as((await app.signIn()).access_token)
  return { app, root }
}
type Client = Awaited<ReturnType<typeof asRoot>>['root']
const save = (client: Client, ...documents: object[]) => client.send('POST', '/api/v1/user', documents)
const saved = async (client: Client, document: object): Promise<Document> => {
  const response = await save(client, document)
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  return ((await response.json()) as [Document])[0]
}
const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code]
const rightsOf = async (response: Response) => ((await response.json()) as { parameters: { rights: string } }).parameters.rights
const idOf = (document: Document) => Number(document.user['_id'])
/** Somebody with the given system rights, signed in. */
async function manager(app: PeopleApp, root: Client, rights: object, login = 'manager') {
  const user = await saved(root, doc({ login }, { _password: PASSWORD, _system_rights: rights }))
  return { id: idOf(user), user, client: app.as((await app.signIn(login, PASSWORD)).access_token) }
}
const group = async (client: Client, rights: object) => {
  const [made] = (await (
    await client.send('POST', '/api/v1/group', [{ _basetype: 'group', group: { name: 'editors' }, _system_rights: rights }])
  ).json()) as [{ group: { _id: number } }]
  return made.group._id
}

describe('saving users', () => {
  it('makes one that can sign in, with the groups its kind brings', async () => {
    const { app, root } = await asRoot()
    const user = await saved(
      root,
      doc({ login: ' Ada ', email: 'ada@example.org', first_name: 'Ada', last_name: 'Lovelace', _version: 1 }, { _password: PASSWORD }),
    )
    expect(user.user).toMatchObject({ login: 'Ada', email: 'ada@example.org', type: 'easydb', _version: 1, _generated_displayname: 'Ada Lovelace' })
    expect(user._groups?.map((membership) => membership.group['reference'])).toEqual([
      'system:all_users',
      'system:all_users_except_system',
      'system:local',
    ])
    const { access_token } = await app.signIn('ada', PASSWORD)
    expect(await app.tenant.sessions.resolve(access_token)).toMatchObject({ login: 'Ada', systemRights: { 'system.user.change_password': {} } })
  })

  it('never answers a password or its hash', async () => {
    const { root } = await asRoot()
    const user = await saved(root, doc({ login: 'ada' }, { _password: PASSWORD }))
    expect(JSON.stringify(user)).not.toMatch(/correct horse|argon2/)
    expect(JSON.stringify(await (await root.get('/api/v1/user')).json())).not.toContain('argon2')
    expect(JSON.stringify(await (await root.get('/api/v1/user?include_password=1')).json())).toContain('argon2')
  })

  it('keeps what is left out, removes what is null, and takes back what it has answered', async () => {
    const { root } = await asRoot()
    const user = await saved(root, doc({ login: 'ada', first_name: 'Ada', company: 'Engines' }))
    const changed = await saved(root, doc({ _id: idOf(user), _version: 2, company: null, town: 'London' }))
    expect(changed.user).toMatchObject({ first_name: 'Ada', town: 'London', _version: 2 })
    expect(changed.user).not.toHaveProperty('company')
    const again = await saved(root, { ...changed, user: { ...changed.user, _version: 3 } })
    expect({ ...again, user: { ...again.user, _version: 2 }, _updated_at: '' }).toEqual({ ...changed, _updated_at: '' })
  })

  it.each([undefined, 1, 3])('refuses the version %s of a user that has version 1', async (_version) => {
    const { root } = await asRoot()
    const user = await saved(root, doc({ login: 'ada' }))
    expect(await codeOf(await save(root, doc({ _id: idOf(user), ...(_version === undefined ? {} : { _version }) })))).toEqual([
      400,
      'VersionMismatch',
    ])
  })

  it('lets only one of two saves at the same moment through', async () => {
    const { root } = await asRoot()
    const user = await saved(root, doc({ login: 'ada' }))
    const results = await Promise.all(['a', 'b', 'c'].map((town) => save(root, doc({ _id: idOf(user), _version: 2, town }))))
    expect(results.map((r) => r.status).toSorted((a, b) => a - b)).toEqual([200, 400, 400])
  })

  it('saves all or nothing, finds users by reference, and by PUT as well', async () => {
    const { root } = await asRoot()
    await saved(root, doc({ login: 'ada', reference: 'hr:1' }))
    expect((await save(root, doc({ login: 'new' }), doc({ login: 'ADA' }))).status).toBe(409)
    expect(((await (await root.get('/api/v1/user?type=easydb')).json()) as unknown[]).length).toBe(1)
    const put = await root.send('PUT', '/api/v1/user', [doc({ 'lookup:_id': { reference: 'hr:1' }, _version: 2, town: 'London' })])
    expect(put.status).toBe(200)
    expect(await codeOf(await save(root, doc({ 'lookup:_id': { reference: 'hr:2' }, _version: 2 })))).toEqual([400, 'LookupNotFound'])
  })

  it('names who has a login or an address already', async () => {
    const { root } = await asRoot()
    await saved(root, doc({ login: 'ada', email: 'ada@example.org', displayname: 'Ada L.' }))
    for (const [user, code] of [
      [{ login: 'Ada' }, 'UserDuplicateLogin'],
      [{ login: 'eve', email: 'ADA@example.org' }, 'UserDuplicateEmail'],
    ] as const) {
      const body = (await (await save(root, doc(user))).json()) as { code: string; parameters: object }
      expect(body).toMatchObject({ code, statuscode: 409, parameters: { name: 'Ada L.' } })
    }
    expect(await codeOf(await save(root, doc({ login: 'twin' }), doc({ login: 'Twin' })))).toEqual([409, 'UserDuplicateLogin'])
  })

  it.each([
    ['UserEmailMalformed', doc({ login: 'x', email: 'nobody' })],
    ['UserTypeNotAllowed', doc({ login: 'x', type: 'system' })],
    ['UserTypeNotAllowed', doc({ login: 'x', type: 'wizard' })],
    ['UnableToSetPasswordForUserType', doc({ login: 'x', type: 'sso' }, { _password: PASSWORD })],
    ['UserNotFound', doc({ _id: 4711, _version: 2 })],
    ['UnknownRight', doc({ login: 'x' }, { _system_rights: { 'system.rot': {} } })],
    ['UnknownRightParam', doc({ login: 'x' }, { _system_rights: { 'system.user': { creates: true } } })],
    ['UnknownRightValue', doc({ login: 'x' }, { _system_rights: { 'system.datamodel': { level: 'all' } } })],
    ['UnknownRight', doc({ login: 'x' }, { _acl: [{ who: { _owner: true }, rights: { fly: {} } }] })],
    ['UrlParameterNotSupported', doc({ login: 'x', welcome_email: true })],
    ['LookupNotFound', doc({ login: 'x' }, { _groups: [{ _basetype: 'group', group: { _id: 4711 } }] })],
    ['ColumnCanNotBeUpdated', doc({ _id: 1, _version: 2, login: 'toor' })],
    ['ColumnCanNotBeUpdated', doc({ _id: 1, _version: 2 }, { _system_rights: {} })],
    ['ColumnCanNotBeUpdated', doc({ _id: 1, _version: 2, login_disabled: true })],
  ])('answers %s to %j', async (code, document) => {
    expect(await codeOf(await save((await asRoot()).root, document))).toEqual([400, code])
  })

  it('takes the account of root back as it was answered', async () => {
    const { root } = await asRoot()
    const [document] = (await (await root.get('/api/v1/user/1')).json()) as [Document]
    expect((await save(root, { ...document, user: { ...document.user, _version: 2, town: 'London' } })).status).toBe(200)
  })

  it('refuses another kind for an existing user, and any change of an archived one', async () => {
    const { root } = await asRoot()
    const id = idOf(await saved(root, doc({ login: 'ada' })))
    expect(await codeOf(await save(root, doc({ _id: id, _version: 2, type: 'ldap' })))).toEqual([400, 'ColumnCanNotBeUpdated'])
    await root.send('DELETE', `/api/v1/user/${id}?delete_policy=archive`)
    expect(await codeOf(await save(root, doc({ _id: id, _version: 3 })))).toEqual([400, 'UserArchived'])
  })
})

describe('values that no database takes', () => {
  it.each([
    doc({ login: 'a\u0000b' }),
    doc({ login: 'x', custom_data: { key: '\u0000' } }),
    doc({ login: 'x', first_name: '\ud800' }),
    doc({ _id: 9e18, _version: 2 }),
    doc({ _id: 1, _version: 9e15 }),
  ])('are refused, not a failure of the server: %j', async (document) => {
    expect((await save((await asRoot()).root, document)).status).toBe(400)
  })

  it('are refused in questions as well', async () => {
    const { root } = await asRoot()
    for (const query of ['offset=9000000000000000000000', 'changed_since=-200000-01-01T00:00:00Z', 'type=%00', 'group_ids=999999999999999'])
      expect((await root.get(`/api/v1/user?${query}`)).status).toBeLessThan(500)
    expect((await root.get('/api/v1/user/9000000000000000000000')).status).toBe(400)
    expect((await root.get('/api/v1/group/9000000000000000000000')).status).toBe(400)
  })
})

describe('passwords of users', () => {
  it.each(['short', 'adalovelace'])('asks before it takes %s', async (password) => {
    const { app, root } = await asRoot()
    const document = doc({ login: 'AdaLovelace' }, { _password: password })
    const response = await save(root, document)
    expect(response.status).toBe(202)
    expect(await response.json()).toMatchObject({ tasks: [{ buttons: [{}, { name: 'confirm', value: 'ignore_password_requirements' }] }] })
    expect(await (await root.get('/api/v1/user?type=easydb')).json()).toEqual([])
    expect((await root.send('POST', '/api/v1/user?confirm=ignore_password_requirements', [document])).status).toBe(200)
    await app.signIn('adalovelace', password)
  })

  it('ends what was signed in with the old one', async () => {
    const { app, root } = await asRoot()
    const { id, client } = await manager(app, root, {})
    await saved(root, doc({ _id: id, _version: 2 }, { _password: 'another secret' }))
    expect((await client.get('/api/v1/user/session')).status).toBe(400)
    await expect(app.signIn('manager', PASSWORD)).rejects.toThrow('invalid_grant')
    await app.signIn('manager', 'another secret')
  })

  it('cannot be empty', async () => {
    expect(await codeOf(await save((await asRoot()).root, doc({ login: 'x' }, { _password: '' })))).toEqual([403, 'PasswordRequirementNotFulfilled'])
  })
})

describe('rights of those who manage users', () => {
  const MANAGER = { 'system.user': { create: true, create_system_rights: true, edit_system_rights: true }, 'system.group': {} }

  it('need a login and the right to manage users', async () => {
    const { app, root } = await asRoot()
    expect(await codeOf(await app.send('/api/v1/user', { method: 'POST', body: '[]', headers: { 'content-type': 'application/json' } }))).toEqual([
      401,
      'UserRequired',
    ])
    const { client } = await manager(app, root, {})
    expect(await codeOf(await save(client, doc({ login: 'x' })))).toEqual([403, 'SystemRightRequired'])
  })

  it('are asked for one by one', async () => {
    const { app, root } = await asRoot()
    const { client } = await manager(app, root, { 'system.user': { create: false } })
    expect(await rightsOf(await save(client, doc({ login: 'x' })))).toBe('system.user[create]')
    const { client: maker } = await manager(app, root, { 'system.user': { create: true } }, 'maker')
    expect(await rightsOf(await save(maker, doc({ login: 'x' }, { _system_rights: { 'system.user': {} } })))).toBe(
      'system.user[create_system_rights]',
    )
    expect(await rightsOf(await save(maker, doc({ login: 'x' }, { _acl: [{ who: { _owner: true }, rights: { read: {} } }] })))).toBe(
      'system.user[create_acl]',
    )
  })

  it('reach no further than their own', async () => {
    const { app, root } = await asRoot()
    const { id, client } = await manager(app, root, MANAGER)
    expect(await rightsOf(await save(client, doc({ login: 'x' }, { _system_rights: { 'system.root': {} } })))).toBe('system.root')
    expect(await rightsOf(await save(client, doc({ login: 'x' }, { _system_rights: { 'system.user': { edit_acl: true } } })))).toBe('system.user')
    expect(await rightsOf(await save(client, doc({ _id: id, _version: 2 }, { _system_rights: { ...MANAGER, 'system.root': {} } })))).toBe(
      'system.root',
    )
    expect((await save(client, doc({ login: 'x' }, { _system_rights: { 'system.user': { create: true } } }))).status).toBe(200)
  })

  it('do not open accounts that have more', async () => {
    const { app, root } = await asRoot()
    const { client } = await manager(app, root, MANAGER)
    expect(await codeOf(await save(client, doc({ _id: 1, _version: 2 }, { _password: 'taken over' })))).toEqual([403, 'RightRequired'])
    const boss = await saved(root, doc({ login: 'boss' }, { _system_rights: { 'system.backup': {} } }))
    expect(await rightsOf(await save(client, doc({ _id: idOf(boss), _version: 2 }, { _password: 'taken over' })))).toBe('system.backup')
    expect(await rightsOf(await client.send('DELETE', `/api/v1/user/${idOf(boss)}`))).toBe('system.backup')
    await expect(app.signIn('root', 'taken over')).rejects.toThrow()
    await app.signIn('root', ROOT_PASSWORD)
  })

  it('do not grow by way of groups', async () => {
    const { app, root } = await asRoot()
    const powerful = await group(root, { 'system.root': {} })
    const harmless = await group(root, {})
    const { id, client } = await manager(app, root, MANAGER)
    const joining = (groupId: number) => doc({ _id: id, _version: 2 }, { _groups: [{ _basetype: 'group', group: { _id: groupId } }] })
    expect(await rightsOf(await save(client, joining(powerful)))).toBe('system.root')
    expect((await save(client, joining(harmless))).status).toBe(200)
    const { id: otherId, client: other } = await manager(app, root, { 'system.user': {} }, 'other')
    expect(
      await codeOf(await save(other, doc({ _id: otherId, _version: 2 }, { _groups: [{ _basetype: 'group', group: { _id: harmless } }] }))),
    ).toEqual([403, 'RightRequired'])
  })

  it('leave some things to root', async () => {
    const { app, root } = await asRoot()
    const { client } = await manager(app, root, MANAGER)
    expect(await codeOf(await client.send('POST', '/api/v1/user?skip_constraints=1', [doc({ login: 'x' })]))).toEqual([400, 'ColumnNeedsSystemRoot'])
    expect(await codeOf(await client.get('/api/v1/user?include_password=1'))).toEqual([400, 'ColumnNeedsSystemRoot'])
    expect(await codeOf(await save(client, doc({ login: 'x' }, { _owner: { _basetype: 'user', user: { _id: 1 } } })))).toEqual([
      400,
      'ColumnNeedsSystemRoot',
    ])
  })
})
