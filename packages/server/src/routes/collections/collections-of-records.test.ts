/** What a record says of the collections that hold it: only what the caller may know of. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { doc, grant, members, withPeople, type Person } from './collections.fixture.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

/** A work that anna and ben may read, and collections of root's and anna's that hold it. */
async function held() {
  const at = await withPeople(server)
  const rights = { read: { _grantable: true }, mask: {} }
  const pool = { reference: 'shared', 'lookup:_id_parent': { reference: 'system:root' } }
  const made = await at.api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool, _acl: [grant(at.anna, rights), grant(at.ben, rights)] }])
  const _pool = { pool: { _id: made.body[0].pool._id as number } }
  const [saved] = (await at.api('POST', '/api/v1/db/work', [{ _objecttype: 'work', _mask: 'work__main', work: { _pool } }])).body
  const objects = members([saved._system_object_id])
  const keep = async (who: typeof at.asAnna, collection: object, around: object = {}) =>
    (await who('PUT', '', doc(collection, { objects, ...around }))).body.collection._id as number
  const seenBy = async ({ token }: Pick<Person, 'token'>, path = `/work__main/${saved.work._id}`) => {
    const { body } = await at.api('GET', `/api/v1/db/work${path}`, undefined, { token })
    return body[0]._collections.map(({ _id }: { _id: number }) => _id) as number[]
  }
  return { ...at, keep, seenBy }
}

describe('collections of a record', () => {
  it('are those the reader owns or may read; root is shown all', async () => {
    const { keep, seenBy, asAnna, asRoot, anna, ben, token } = await held()
    const annas = await keep(asAnna, {})
    const secret = await keep(asRoot, {})
    const shared = await keep(asRoot, {}, { _acl: [grant(ben, { bag_write: {} })] })
    const records = await keep(asRoot, {}, { _acl: [grant(ben, { read: {} })] })
    expect(await seenBy({ token })).toEqual([annas, secret, shared, records])
    expect(await seenBy(anna)).toEqual([annas])
    expect(await seenBy(ben)).toEqual([shared])
    expect(await seenBy(ben, '/work__main/list')).toEqual([shared])
  })

  it('open to whoever may read one further up, but not below a private list unless the entry is sticky', async () => {
    const { keep, seenBy, asRoot, ben } = await held()
    const top = await keep(asRoot, {}, { _acl: [grant(ben, { bag_read: {} })] })
    const below = await keep(asRoot, { _id_parent: top })
    const shut = await keep(asRoot, { _id_parent: top }, { _private_acl: true })
    expect(await seenBy(ben)).toEqual([top, below])
    await asRoot('POST', `/${top}`, doc({ _version: 2 }, { _acl: [grant(ben, { bag_read: {} }, { sticky: true })] }))
    expect(await seenBy(ben)).toEqual([top, below, shut])
    await asRoot('POST', `/${top}`, doc({ _version: 3 }, { _acl: [grant(ben, { bag_read: {} }, { active: false })] }))
    expect(await seenBy(ben)).toEqual([])
  })
})
