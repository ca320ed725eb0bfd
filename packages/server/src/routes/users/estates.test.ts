/** What becomes of things whose owner is removed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk, gallery, record, type Saved } from '../../testing/gallery.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const HEIR = { user: { _generated_displayname: 'Deleted user' } }

async function owned() {
  const at = await gallery(server)
  const [anna, ben] = [await at.person('anna'), await at.person('ben')]
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
  return { ...at, anna, ben, user, heirId, pool, poolNow, group: { _basetype: 'group', group: { _id: group.group._id as number } } }
}

describe('what a removed user owned', () => {
  it('belongs to the deleted user: records, collections and pools, which have no such contact any more', async () => {
    const { api, saved, read, user, anna, heirId, pool, poolNow } = await owned()
    const { work } = await saved('work', {}, { _owner: user })
    const kept = await api('PUT', '/api/v1/collection', { _basetype: 'collection', collection: {} }, { token: anna.token })
    const poolId = await pool(user)
    expectOk(await api('DELETE', `/api/v1/user/${anna.id}?delete_policy=delete`))
    expect((await read('work', work._id))._owner).toMatchObject(HEIR)
    const collection = expectOk(await api('GET', `/api/v1/collection/${kept.body.collection._id}`)).body
    expect(collection._owner).toMatchObject({ user: { _id: heirId } })
    // What was the place of the user is a collection like others now, and can be cleared away.
    expect((await api('DELETE', `/api/v1/collection/${collection.collection._id_parent}`)).status).toBe(200)
    const { _owner, pool: block } = await poolNow(poolId)
    expect([_owner, block.contact]).toEqual([{ _basetype: 'user', user: { _id: heirId } }, undefined])
  })

  it('is shared no longer, because the heir may pass nothing on', async () => {
    const { api, anna, ben } = await owned()
    const types = (await api<Saved[]>('GET', '/api/v1/objecttype')).body
    const { objecttype } = types.find((type) => type.objecttype.name === 'work')
    const document = { _basetype: 'objecttype', objecttype: { _id: objecttype._id, _version: objecttype._version + 1 } }
    const who = (id: number) => ({ _basetype: 'user', user: { _id: id } })
    expectOk(await api('POST', '/api/v1/objecttype', [{ ...document, _acl: [{ who: who(anna.id), rights: { read: { _grantable: true } } }] }]))
    const [made] = expectOk(await api<Saved[]>('POST', '/api/v1/db/work', [record('work', {})])).body
    const objects = [{ _global_object_id: `${made._system_object_id}@local` }]
    const body = { _basetype: 'collection', collection: {}, objects, _acl: [{ who: who(ben.id), rights: { bag_read: {}, read: {} } }] }
    const shared = await api('PUT', '/api/v1/collection', body, { token: anna.token })
    expect(shared.body._invalid_acl).toBe(false)
    expectOk(await api('DELETE', `/api/v1/user/${anna.id}?delete_policy=delete`))
    expect((await api('GET', `/api/v1/collection/${shared.body.collection._id}`)).body._invalid_acl).toBe(true)
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
