/** New records that are made in a collection which says how they are made. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectOk, gallery, record, type Gallery } from '../../testing/gallery.ts'
import { inconsistencies } from '../../testing/record-consistency.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

/** A collection of root that takes works, and somebody who may do this with it. */
async function uploading(rights: Record<string, object>, more: object = {}) {
  const at: Gallery = await gallery(server)
  const user = await at.person('uploader')
  const document = {
    _basetype: 'collection',
    collection: { displayname: { 'en-US': 'Incoming' }, create_object: { objecttype: 'work', ...more }, objects_allowed: true },
    _acl: [{ who: { _basetype: 'user', user: { _id: user.id } }, rights }],
  }
  const made = expectOk(await at.api('PUT', '/api/v1/collection', document)).body
  const id = (Array.isArray(made) ? made[0] : made).collection._id as number
  const save = (type: string, block: object, envelope: object = {}, query = '') =>
    at.api('POST', `/api/v1/db/${type}?collection=${id}&format=long&${query}`, [record(type, block, envelope)], { token: user.token })
  return { at, user, id, save }
}

describe('making records in a collection', () => {
  it('takes the right to do so and none on the type, and makes them those of its owner', async () => {
    const { at, id, save } = await uploading({ create_in_collection: {}, read: {}, bag_read: {} })
    const tried = await save('work', { reference: 'a' }, {}, 'dry_run=1')
    const made = await save('work', { reference: 'a' })
    expect([tried.status, made.status]).toEqual([200, 200])
    expect(made.body[0]._owner.user._id).toBe(1)
    const members = expectOk(await at.api('GET', `/api/v1/collection/objects/${id}`)).body
    expect(members.objects).toMatchObject([{ _global_object_id: made.body[0]._global_object_id as string }])
    expect(await inconsistencies(server, at)).toEqual([])
  })

  it('403: gives nobody records of other types inside them', async () => {
    const { save } = await uploading({ create_in_collection: {}, read: {}, bag_read: {} })
    const refused = await save('work', { reference: 'a', '_reverse_nested:item:work': [{ label: 'smuggled' }] })
    expect(refused).toMatchObject({ status: 403, body: { code: 'ObjectInsufficientRights', parameters: { right: 'create', objecttype: 'item' } } })
  })

  it('400: takes new records of its type only, and 403: nothing without the right', async () => {
    const { at, save } = await uploading({ create_in_collection: {}, read: {}, bag_read: {} })
    expect((await save('item', { label: 'a' })).body.code).toBe('SchemaInconsistent')
    const { work } = await at.saved('work', { reference: 'old' })
    const old = await save('work', { _id: work._id, _version: 2, reference: 'old' })
    expect([old.status, old.body.code]).toEqual([400, 'SchemaInconsistent'])
    const other = await uploading({ read: {}, bag_read: {} })
    expect((await other.save('work', { reference: 'a' })).status).toBe(403)
  })
})
