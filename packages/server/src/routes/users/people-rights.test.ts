/** Rights on users and groups that come from access lists and from owning them. */
import { testDatabase, type TestDatabase } from '@vitrine/drivers/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peopleApp } from '../../testing/people-app.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const PASSWORD = 'correct horse'
type Rights = Readonly<Record<string, object>>
type Client = ReturnType<Awaited<ReturnType<typeof peopleApp>>['as']>
interface UserAnswer {
  readonly user: { readonly _id: number; readonly login?: string }
  readonly _groups: readonly object[]
  readonly _generated_rights: Rights
}
interface GroupAnswer {
  readonly group: { readonly _id: number; readonly name?: string }
  readonly _generated_rights: Rights
}
const answered = async <T>(response: Promise<Response>): Promise<T> => (await response).json() as Promise<T>
const outcome = async (response: Promise<Response>) => {
  const given = await response
  return given.status === 200 ? 200 : [given.status, ((await given.json()) as { code: string }).code]
}
const loginsOf = async (client: Client, query = '') =>
  (await answered<UserAnswer[]>(client.get(`/api/v1/user?type=easydb${query}`))).map(({ user }) => user.login)
const namesOf = async (client: Client, query = '') =>
  (await answered<GroupAnswer[]>(client.get(`/api/v1/group?type=easydb${query}`))).map(({ group }) => group.name)
const inGroups = (...ids: number[]) => ids.map((_id) => ({ _basetype: 'group', group: { _id } }))
const forUser = (id: number, rights: object, more: object = {}) => ({ who: { user: { _id: id } }, rights, ...more })
const forGroup = (id: number, rights: object) => ({ who: { group: { _id: id } }, rights })

async function people() {
  const app = await peopleApp(database)
  const root = app.as((await app.signIn()).access_token)
  const saveUser = (client: Client, user: object, around: object = {}) =>
    client.send('POST', '/api/v1/user', [{ _basetype: 'user', user, _password: PASSWORD, ...around }])
  const user = async (login: string, around: object = {}) => (await answered<[UserAnswer]>(saveUser(root, { login }, around)))[0].user._id
  const group = async (name: string, around: object = {}) =>
    (await answered<[GroupAnswer]>(root.send('POST', '/api/v1/group', [{ _basetype: 'group', group: { name }, ...around }])))[0].group._id
  const as = async (login: string) => app.as((await app.signIn(login, PASSWORD)).access_token)
  return { app, root, saveUser, user, group, as }
}

describe('users', () => {
  it('are seen by those whom their access lists name, those of their groups too, and by their owners', async () => {
    const { root, user, group, as } = await people()
    const readers = await group('readers')
    const ada = await user('ada', { _groups: inGroups(readers) })
    const staff = await group('staff', { _acl: [forUser(ada, { write: {} })] })
    const bob = await user('bob', { _acl: [forGroup(readers, { read: {} })], _groups: inGroups(readers) })
    const cleo = await user('cleo', { _groups: inGroups(staff) })
    const dora = await user('dora', { _owner: { user: { _id: ada } } })
    const eve = await user('eve')
    const client = await as('ada')
    expect(await loginsOf(client)).toEqual(['ada', 'bob', 'cleo', 'dora'])
    expect(await loginsOf(client, '&limit=2&offset=1')).toEqual(['bob', 'cleo'])
    expect(await loginsOf(client, `&group_ids=${staff}`)).toEqual(['cleo'])
    const rightsOn = async (id: number) => {
      const [seen] = await answered<[UserAnswer]>(client.get(`/api/v1/user/${id}`))
      return [Object.keys(seen._generated_rights), seen._groups.length > 0]
    }
    expect(await rightsOn(bob)).toEqual([['read'], false])
    expect(await rightsOn(cleo)).toEqual([['read', 'write'], false])
    expect(await rightsOn(dora)).toEqual([['read', 'write', 'delete'], false])
    expect(await rightsOn(ada)).toEqual([['read'], true])
    for (const id of [eve, 4711]) expect(await outcome(client.get(`/api/v1/user/${id}`))).toEqual([403, 'RightRequired'])
    expect(await outcome(root.get('/api/v1/user/4711'))).toEqual([400, 'UserNotFound'])
  })

  it('are not seen by entries that are switched off, over, for others, or for something else', async () => {
    const { user, as } = await people()
    const ada = await user('ada')
    await user('off', { _acl: [forUser(ada, { read: {} }, { active: false })] })
    await user('over', { _acl: [forUser(ada, { read: {} }, { when: { from: null, to: '2020-01-01' } })] })
    await user('soon', { _acl: [forUser(ada, { read: {} }, { when: { from: '2999-01-01', to: null } })] })
    await user('other', { _acl: [forUser(ada + 1, { read: {} }), { who: { _owner: true }, rights: { read: {} } }] })
    await user('now', { _acl: [forUser(ada, { delete: {} }, { when: { from: '2020-01-01', to: '2999-01-01' } })] })
    expect(await loginsOf(await as('ada'))).toEqual(['ada', 'now'])
  })
})

describe('groups', () => {
  it('are seen by those whom their access lists name, and by their owners, who may be a group', async () => {
    const { user, group, as, root } = await people()
    const owners = await group('owners')
    const ada = await user('ada', { _groups: inGroups(owners) })
    const ids = [await group('shown', { _acl: [forUser(ada, { bag_write: {}, link: {} })] }), await group('hidden')]
    const owned = await group('owned')
    const given = { _basetype: 'group', group: { _id: owned, _version: 2 }, _owner: { group: { _id: owners } } }
    expect(await outcome(root.send('POST', '/api/v1/group', [given]))).toBe(200)
    const client = await as('ada')
    expect(await namesOf(client)).toEqual(['shown', 'owned'])
    expect(await namesOf(client, '&offset=1')).toEqual(['owned'])
    expect(await namesOf(client, '&limit=1')).toEqual(['shown'])
    const [seen] = await answered<[GroupAnswer]>(client.get(`/api/v1/group/${ids[0]}`))
    expect(Object.keys(seen._generated_rights)).toEqual(['bag_read', 'bag_write', 'link'])
    for (const id of [ids[1], 4711]) expect(await outcome(client.get(`/api/v1/group/${id}`))).toEqual([403, 'RightRequired'])
  })

  it('of the house are all seen by those who have that right', async () => {
    const { user, group, as } = await people()
    await group('hidden')
    await user('ada', { _system_rights: { 'system.group': { global_custom_bag_read: true } } })
    expect(await namesOf(await as('ada'))).toEqual(['hidden'])
  })

  it('take members from those who may link, and lose them to those who may unlink', async () => {
    const { user, group, as, saveUser } = await people()
    const manager = await user('manager', { _system_rights: { 'system.user': {} } })
    const bob = await user('bob')
    const open = await group('open', { _acl: [forUser(manager, { link: {} })] })
    const shut = await group('shut', { _acl: [forUser(manager, { bag_delete: {}, unlink: {} })] })
    const client = await as('manager')
    const move = (version: number, ...ids: number[]) => outcome(saveUser(client, { _id: bob, _version: version }, { _groups: inGroups(...ids) }))
    expect(await move(2, shut)).toEqual([403, 'RightRequired'])
    expect(await move(2, open)).toBe(200)
    expect(await move(3)).toEqual([403, 'RightRequired'])
  })

  it('keep lists whose people are named by reference, and refuse people who are not there', async () => {
    const { root, user, group, as } = await people()
    await user('ada')
    const everybody = { who: { group: { 'lookup:_id': { reference: 'system:all_users' } } }, rights: { bag_read: {} } }
    await group('open', { _acl: [everybody] })
    expect(await namesOf(await as('ada'))).toEqual(['open'])
    const nobody = { who: { group: { 'lookup:_id': { reference: 'nobody' } } }, rights: { bag_read: {} } }
    const save = root.send('POST', '/api/v1/group', [{ _basetype: 'group', group: { name: 'x' }, _acl: [nobody] }])
    expect(await outcome(save)).toEqual([400, 'LookupNotFound'])
  })
})
