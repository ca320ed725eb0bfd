import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { doc, grant, members, QUESTION, read, shared as sharedOn } from './collections.fixture.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())
const shared = () => sharedOn(server)

describe('sharing a collection', () => {
  it('stands where the owner may pass on what the list gives', async () => {
    const { asAnna, asCarla, carla, a, b } = await shared()
    const made = await asAnna('PUT', '', doc({}, { objects: members([a, b]), _acl: [read(carla)] }))
    expect(made).toMatchObject({ status: 200, body: { _invalid_acl: false, _count: 2 } })
    expect(await asCarla('GET', `/objects/${made.body.collection._id}`)).toMatchObject({ status: 200, body: { count: 2 } })
  })

  it('does not tell the names of collections above that are not shared', async () => {
    const { asAnna, asCarla, carla } = await shared()
    const above = await asAnna('PUT', '', doc({ displayname: { 'en-US': 'Plans' } }))
    const below = { displayname: { 'en-US': 'Open' }, _id_parent: above.body.collection._id as number }
    const made = await asAnna('PUT', '', doc(below, { _acl: [grant(carla, { bag_read: {} })] }))
    const namesFor = async (as: typeof asAnna) => {
      const path = (await as('GET', `/${made.body.collection._id}`)).body._path as { collection: { displayname?: Record<string, string> } }[]
      return path.map(({ collection }) => collection.displayname?.['en-US'])
    }
    expect(await namesFor(asAnna)).toEqual(['All collections', 'anna', 'Plans', 'Open'])
    expect(await namesFor(asCarla)).toEqual(['All collections', undefined, undefined, 'Open'])
  })

  it('asks before a list is stored that cannot stand, and switches it off when told to go on', async () => {
    const { asBen, asCarla, carla, a } = await shared()
    const body = doc({ reference: 'bens' }, { objects: members([a]), _acl: [read(carla)] })
    expect(await asBen('PUT', '', body)).toMatchObject(QUESTION)
    expect((await asBen('GET', '/list')).body).toHaveLength(1)
    const made = await asBen('PUT', '?allow_invalid_acl=true', body)
    expect(made).toMatchObject({ status: 200, body: { _invalid_acl: true, _has_acl: true } })
    expect(await asCarla('GET', `/${made.body.collection._id}`)).toMatchObject({ status: 403 })
    const id = made.body.collection._id as number
    expect(await asBen('POST', `/${id}`, doc({ _version: 2 }, { _acl: [grant(carla, { bag_read: {} })] }))).toMatchObject({
      status: 200,
      body: { _invalid_acl: false },
    })
    expect(await asCarla('GET', `/${id}`)).toMatchObject({ status: 200 })
  })

  it('does not let owners give leave to themselves, alone or in turn', async () => {
    const { asBen, ben, carla, a } = await shared()
    const body = doc({}, { objects: members([a]), _acl: [grant(ben, { read: { _grantable: true } }), read(carla)] })
    expect(await asBen('PUT', '', body)).toMatchObject(QUESTION)
  })

  it('asks when a record comes in that the owner may not share', async () => {
    const { asAnna, asBen, carla, ben, a, b, api, pool, open } = await shared()
    const made = await asAnna('PUT', '', doc({}, { objects: members([a]), _acl: [read(carla), read(ben, { link: {}, unlink: {} })] }))
    const id = made.body.collection._id as number
    const other = await api('POST', '/api/v1/pool', [pool([grant(ben, { read: {} }), ...open.slice(1)], { reference: 'other' })])
    const record = { _objecttype: 'work', _mask: 'work__main', work: { _pool: { pool: { _id: other.body[0].pool._id } } } }
    const x = (await api('POST', '/api/v1/db/work', [record])).body[0]._system_object_id as number
    expect(await asBen('POST', `/push/${id}`, { objects: members([x]) })).toMatchObject({
      status: 403,
      body: { code: 'CollectionObjectInsufficientRights', parameters: { owner: 'anna', right: 'read', systemobjectid: x } },
    })
    expect(await asBen('POST', `/push/${id}`, { objects: members([b]) })).toMatchObject({ status: 200, body: { count: 2 } })
    const upper = await asAnna('PUT', '', doc({}, { _acl: [read(carla)] }))
    await asAnna('POST', `/${id}`, doc({ _version: 2, _id_parent: upper.body.collection._id }))
    expect(await asBen('POST', `/push/${id}?allow_invalid_acl=1`, { objects: members([x]) })).toMatchObject({ status: 403 })
  })

  it('goes down a chain of people and breaks with its first link', async () => {
    const { asAnna, asBen, asCarla, ben, carla, a, ...at } = await shared()
    const first = await asAnna('PUT', '', doc({}, { objects: members([a]), _acl: [grant(ben, { read: { _grantable: true } })] }))
    const second = await asBen('PUT', '', doc({}, { objects: members([a]), _acl: [read(carla)] }))
    expect(second).toMatchObject({ status: 200, body: { _invalid_acl: false } })
    const id = second.body.collection._id as number
    expect(await asCarla('GET', `/${id}`)).toMatchObject({ status: 200 })
    expect(await asAnna('POST', `/remove/${first.body.collection._id}`, members([a]))).toMatchObject({ status: 200 })
    expect((await asBen('GET', `/${id}`)).body._invalid_acl).toBe(true)
    expect(await asCarla('GET', `/${id}`)).toMatchObject({ status: 403 })
    await asAnna('POST', `/push/${first.body.collection._id}`, { objects: members([a]) })
    expect(await asBen('POST', `/${id}`, doc({ _version: 2 }, { _acl: [read(carla, { asset_show: {} })] }))).toMatchObject(QUESTION)
    const back = await asBen('POST', `/${id}`, doc({ _version: 2 }, { _acl: [read(carla, { link: {} })] }))
    expect(back).toMatchObject({ status: 200, body: { _invalid_acl: false } })
    expect(await asAnna('DELETE', `/${first.body.collection._id}`)).toMatchObject({ status: 200 })
    expect((await asBen('GET', `/${id}`)).body._invalid_acl).toBe(true)
    expect(at.domain).toBeTruthy()
  })

  it('keeps what a list from above gives to collections below', async () => {
    const { asAnna, asBen, asRoot, ben, carla, a } = await shared()
    const upper = await asBen('PUT', '', doc({}, { _acl: [read(carla)] }))
    const id = upper.body.collection._id as number
    const lower = doc({ _id_parent: id }, { objects: members([a]) })
    expect(await asBen('PUT', '', lower)).toMatchObject(QUESTION)
    expect(await asBen('PUT', '', { ...lower, _private_acl: true })).toMatchObject({ status: 200 })
    expect((await asBen('GET', `/${id}`)).body._invalid_acl).toBe(false)
    expect([await asAnna('GET', `/${id}`), await asRoot('GET', `/${id}`), ben]).toMatchObject([{ status: 403 }, { status: 200 }, {}])
  })
})
