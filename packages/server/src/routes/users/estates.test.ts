/** What becomes of things whose owner is removed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk, gallery, type Saved } from '../../testing/gallery.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { doc, members, person, read, shared } from '../collections/collections.fixture.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const HEIR = { user: { _generated_displayname: 'Deleted user' } }

async function owned() {
  const at = await gallery(server)
  const anna = await at.person('anna')
  const user = { _basetype: 'user', user: { _id: anna.id } }
  const [group] = expectOk(
    await at.api<Saved[]>('POST', '/api/v1/group', [{ _basetype: 'group', group: { displayname: { 'en-US': 'Keepers' } } }]),
  ).body
  const heirId = expectOk(await at.api<Saved[]>('GET', '/api/v1/user')).body.find(({ user: { reference } }) => reference === 'system:deleted_user')
    ?.user._id as number
  const pool = async (owner: object) => {
    const block = { 'lookup:_id_parent': { reference: 'system:root' }, contact: owner }
    return expectOk(await at.api<Saved[]>('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: block, _owner: owner }])).body[0].pool._id as number
  }
  const poolNow = async (id: number) => expectOk(await at.api<Saved[]>('GET', `/api/v1/pool/${id}`)).body[0]
  return { ...at, anna, user, heirId, pool, poolNow, group: { _basetype: 'group', group: { _id: group.group._id as number } } }
}

describe('what a removed user owned', () => {
  it('is the contact of pools no longer', async () => {
    const { api, user, anna, heirId, pool, poolNow } = await owned()
    const poolId = await pool(user)
    expectOk(await api('DELETE', `/api/v1/user/${anna.id}?delete_policy=delete`))
    const { _owner, pool: block } = await poolNow(poolId)
    expect([_owner, block.contact]).toEqual([{ _basetype: 'user', user: { _id: heirId } }, undefined])
  })

  it('goes to the deleted user: collections, pools, groups, users and records', async () => {
    const at = await shared(server)
    const { api, asRoot, asCarla, carla } = at
    const users = (await api('GET', '/api/v1/user')).body as { user: { _id: number; reference?: string } }[]
    const heir = users.find(({ user }) => user.reference === 'system:deleted_user')?.user._id
    const manages = { 'system.user': { create: true }, 'system.group': { create: true } }
    const boss = await person(at, 'boss', { _system_rights: manages })
    const asBoss = at.as(boss)
    const pool = await api(
      'POST',
      '/api/v1/pool',
      [at.pool([], { reference: 'boss' })].map((one) => ({ ...one, _owner: { user: { _id: boss.id } } })),
    )
    const group = await api('POST', '/api/v1/group', [{ _basetype: 'group', group: { name: 'his', _version: 1 } }], { token: boss.token })
    const made = await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'his' } }], { token: boss.token })
    const record = { _objecttype: 'place', _mask: '_all_fields', _owner: { user: { _id: boss.id } }, place: { name: { 'en-US': 'x' } } }
    const saved = await api('POST', '/api/v1/db/place', [record])
    const objects = members([saved.body[0]._system_object_id as number])
    const share = await asBoss('PUT', '', doc({}, { objects, _acl: [read(carla)] }))
    expect([pool.status, group.status, made.status, saved.status, share.status]).toEqual([200, 200, 200, 200, 200])
    const [id, top] = [share.body.collection._id as number, share.body._path[1].collection._id as number]
    expect([share.body._invalid_acl, (await asCarla('GET', `/objects/${id}`)).status]).toEqual([false, 200])

    expect(await api('DELETE', `/api/v1/user/${boss.id}`)).toMatchObject({ status: 200 })
    const ownerOf = async (path: string) => (await api('GET', `/api/v1/${path}`)).body[0]._owner.user._id as number
    const owners = [`pool/${pool.body[0].pool._id}`, `group/${group.body[0].group._id}`, `user/${made.body[0].user._id}`]
    expect(await Promise.all(owners.map(ownerOf))).toEqual([heir, heir, heir])
    expect((await api('GET', `/api/v1/db/place/_all_fields/${saved.body[0].place._id}`)).body[0]._owner.user._id).toBe(heir)
    for (const one of [id, top]) expect((await asRoot('GET', `/${one}`)).body._owner.user._id).toBe(heir)
    // Whoever owns a record may share it, the deleted user too: carla still sees it.
    expect((await asRoot('GET', `/${id}`)).body._invalid_acl).toBe(false)
    expect((await asRoot('GET', `/${top}`)).body.collection).toMatchObject({ is_system_collection: false, reference: null })
    expect(await asRoot('DELETE', `/${top}`)).toMatchObject({ status: 200 })
    const events = (await api('GET', '/api/v1/event/list?type=POOL_UPDATE,GROUP_UPDATE,USER_UPDATE')).text
    for (const type of ['POOL_UPDATE', 'GROUP_UPDATE', 'USER_UPDATE']) expect(events).toContain(type)
  })

  it('is shared no longer where only the user could share it', async () => {
    const { api, anna, asAnna, asRoot, asCarla, carla, a } = await shared(server)
    const made = await asAnna('PUT', '', doc({}, { objects: members([a]), _acl: [read(carla)] }))
    const id = made.body.collection._id as number
    expect(await asCarla('GET', `/objects/${id}`)).toMatchObject({ status: 200 })
    expect(await api('DELETE', `/api/v1/user/${anna.id}?delete_policy=archive`)).toMatchObject({ status: 200 })
    expect((await asRoot('GET', `/${id}`)).body._invalid_acl).toBe(false)
    expect(await api('DELETE', `/api/v1/user/${anna.id}`)).toMatchObject({ status: 200 })
    expect((await asRoot('GET', `/${id}`)).body._invalid_acl).toBe(true)
    expect(await asCarla('GET', `/objects/${id}`)).toMatchObject({ status: 403 })
  })
})

describe('what a removed group owned', () => {
  it('belongs to the deleted user: records and pools', async () => {
    const { api, saved, read, group, heirId, pool, poolNow } = await owned()
    const { work } = await saved('work', {}, { _owner: group })
    const poolId = await pool(group)
    expectOk(await api('DELETE', `/api/v1/group/${group.group._id}`))
    expect((await read('work', work._id))._owner).toMatchObject(HEIR)
    const { _owner, pool: block } = await poolNow(poolId)
    expect([_owner, block.contact]).toEqual([{ _basetype: 'user', user: { _id: heirId } }, undefined])
  })
})
