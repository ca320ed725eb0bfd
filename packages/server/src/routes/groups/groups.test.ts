import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peopleApp } from '../../testing/people-app.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

type Document = { group: Record<string, unknown> } & Record<string, unknown>
const PASSWORD = 'correct horse'
const doc = (group: object, rest: object = {}) => ({ _basetype: 'group', group, ...rest })
const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code]
const rightsOf = async (response: Response) => ((await response.json()) as { parameters: { rights: string } }).parameters.rights

async function museum() {
  const app = await peopleApp(database)
  const root = app.as((await app.signIn()).access_token)
  const save = (client: typeof root, ...documents: object[]) => client.send('POST', '/api/v1/group', documents)
  const made = async (document: object) => ((await (await save(root, document)).json()) as [Document])[0]
  const manager = async (rights: object) => {
    await root.send('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'manager' }, _password: PASSWORD, _system_rights: rights }])
    return app.as((await app.signIn('manager', PASSWORD)).access_token)
  }
  return { app, root, save, made, manager }
}

describe('listing groups', () => {
  it('answers the system groups, in pages and by type, and nothing without a login', async () => {
    const { app, root, made } = await museum()
    await made(doc({ name: 'editors' }))
    expect(await (await app.send('/api/v1/group')).json()).toEqual([])
    expect((await (await root.get('/api/v1/group?type=system')).json()) as unknown[]).toHaveLength(12)
    expect((await (await root.get('/api/v1/group?limit=5&offset=10')).json()) as unknown[]).toHaveLength(3)
  })

  it('hides rights and settings from those who do not manage groups', async () => {
    const { root, save, made, manager } = await museum()
    const { group } = await made(doc({ name: 'editors' }, { _ip_subnet_filter: ['192.0.2.0/24'] }))
    const client = await manager({})
    const everybody = { who: { group: { 'lookup:_id': { reference: 'system:all_users' } } }, rights: { bag_read: {} } }
    const shown = { ...doc({ _id: group['_id'], _version: 2 }), _acl: [everybody] }
    expect(await codeOf(await client.get(`/api/v1/group/${String(group['_id'])}`))).toEqual([403, 'RightRequired'])
    expect((await save(root, shown)).status).toBe(200)
    const [seen] = (await (await client.get(`/api/v1/group/${String(group['_id'])}`)).json()) as [Document]
    expect(Object.keys(seen).toSorted()).toEqual(['_basetype', '_created_at', '_generated_rights', '_updated_at', 'group'])
    expect(await codeOf(await root.get('/api/v1/group/4711'))).toEqual([400, 'ServerGeneric'])
  })
})

describe('saving groups', () => {
  it('makes, changes and takes back what it has answered', async () => {
    const { root, save, made } = await museum()
    const first = await made(
      doc({ name: 'editors', reference: 'hr:editors', displayname: { 'de-DE': 'Redaktion' } }, { _system_rights: { 'system.backup': {} } }),
    )
    expect(first.group).toMatchObject({ type: 'easydb', _version: 1, _generated_displayname: 'Redaktion' })
    const response = await save(root, { ...first, group: { ...first.group, _version: 2, comment: 'x', reference: null } })
    const [second] = (await response.json()) as [Document]
    expect(second).toMatchObject({ group: { name: 'editors', comment: 'x' }, _system_rights: { 'system.backup': {} } })
    expect(second.group).not.toHaveProperty('reference')
    expect((await root.send('PUT', '/api/v1/group', [doc({ name: 'by put' })])).status).toBe(200)
  })

  it.each([
    ['VersionMismatch', doc({ _id: 1, _version: 1 })],
    ['GroupTypeNotAllowed', doc({ type: 'system' })],
    ['GroupTypeChangeNotAllowed', doc({ _id: 1, _version: 2, type: 'easydb' })],
    ['InvalidSubnetFilter', doc({}, { _ip_subnet_filter: ['192.0.2.0/99'] })],
    ['UnknownRight', doc({}, { _system_rights: { nothing: {} } })],
    ['UnknownRight', doc({}, { _acl: [{ who: { _owner: true }, rights: { fly: {} } }] })],
    ['LookupNotFound', doc({ 'lookup:_id': { reference: 'nowhere' }, _version: 2 })],
    ['DatabaseUniqueKeyViolation', doc({ reference: 'system:local' })],
    ['ServerGeneric', doc({ _id: 4711, _version: 2 })],
  ])('answers %s to %j', async (code, document) => {
    const { root, save } = await museum()
    expect(await codeOf(await save(root, document))).toEqual([400, code])
  })

  it('keeps name and reference of a system group, whose rights can be changed', async () => {
    const { app, root, save } = await museum()
    const [all] = (await (
      await save(root, doc({ _id: 1, _version: 2, name: 'x', reference: 'x' }, { _system_rights: { 'system.message': {} } }))
    ).json()) as [Document]
    expect(all).toMatchObject({ group: { name: 'all_users', reference: 'system:all_users' }, _system_rights: { 'system.message': {} } })
    expect(await app.tenant.sessions.resolve((await app.signIn()).access_token)).toMatchObject({
      systemRights: { 'system.message': {}, 'system.root': {} },
    })
  })

  it('gives nobody more than they have', async () => {
    const { save, made, manager } = await museum()
    const { group } = await made(doc({ name: 'admins' }, { _system_rights: { 'system.root': {} } }))
    const client = await manager({ 'system.group': { create: true, create_system_rights: true, edit_system_rights: true } })
    expect(await rightsOf(await save(client, doc({}, { _system_rights: { 'system.root': {} } })))).toBe('system.root')
    expect(await rightsOf(await save(client, doc({ _id: 1, _version: 2 }, { _system_rights: { 'system.backup': {} } })))).toBe('system.backup')
    expect(await rightsOf(await save(client, doc({ _id: group['_id'], _version: 2 }, { _system_rights: {} })))).toBe('system.root')
    expect(await rightsOf(await client.send('DELETE', `/api/v1/group/${String(group['_id'])}`))).toBe('system.root')
    expect((await save(client, doc({ name: 'mine' }, { _system_rights: { 'system.group': { create: true } } }))).status).toBe(200)
  })

  it('needs a login, the right to manage groups, and the right to make them', async () => {
    const { app, save, manager } = await museum()
    expect((await app.send('/api/v1/group', { method: 'POST', body: '[]', headers: { 'content-type': 'application/json' } })).status).toBe(401)
    const client = await manager({ 'system.group': {} })
    expect(await rightsOf(await save(client, doc({ name: 'x' })))).toBe('system.group[create]')
  })
})

describe('removing groups', () => {
  it('spares system groups and leaves members behind', async () => {
    const { root, made } = await museum()
    const { group } = await made(doc({ name: 'editors' }))
    expect(await codeOf(await root.send('DELETE', '/api/v1/group/1'))).toEqual([400, 'DeleteSystemGroup'])
    expect((await root.send('DELETE', `/api/v1/group/${String(group['_id'])}`)).status).toBe(200)
    expect(await codeOf(await root.send('DELETE', `/api/v1/group/${String(group['_id'])}`))).toEqual([400, 'ServerGeneric'])
  })
})
