import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const doc = (pool: object, around: object = {}) => ({ _basetype: 'pool', pool, ...around })

/** An instance, its built-in pools, and people with little. */
async function fresh() {
  const instance = await server.instance()
  const list = (await instance.api('GET', '/api/v1/pool')).body as { pool: { _id: number; reference: string } }[]
  const [top, standard] = list.map(({ pool }) => pool._id) as [number, number]
  return {
    ...instance,
    list,
    top,
    standard,
    nobody: await person(instance, 'nobody', {}),
    manager: await person(instance, 'manager', { 'system.poolmanager': {} }),
  }
}
async function person({ api, signIn }: TestInstance, login: string, rights: object): Promise<string> {
  const password = 'correct horse battery'
  const made = await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login }, _password: password, _system_rights: rights }])
  if (made.status !== 200) throw new Error(made.text)
  return signIn(login, password)
}

describe('listing pools', () => {
  it('answers the two that every instance begins with', async () => {
    const { list, api } = await fresh()
    expect(list.map(({ pool }) => pool.reference)).toEqual(['system:root', 'system:standard'])
    expect((await api('GET', '/api/v1/pool?limit=1&offset=1')).body).toMatchObject([{ pool: { reference: 'system:standard' }, _level: 1 }])
  })

  it('shows nothing to somebody without rights, and asks strangers to sign in', async () => {
    const { api, nobody } = await fresh()
    expect((await api('GET', '/api/v1/pool', undefined, { token: nobody })).body).toEqual([])
    expect(await api('GET', '/api/v1/pool', undefined, { token: null })).toMatchObject({ status: 401, body: { code: 'UserRequired' } })
  })
})

describe.each(['POST', 'PUT'])('saving pools by %s', (method) => {
  it('makes, changes and moves them', async () => {
    const { api, standard, top } = await fresh()
    const made = await api(method, '/api/v1/pool', [
      doc({ _id_parent: standard, reference: 'a', name: { 'en-US': 'A' } }),
      doc({ 'lookup:_id_parent': { reference: 'a' }, name: { 'en-US': 'B' } }),
    ])
    expect(made).toMatchObject({ status: 200, body: [{ pool: { _version: 1 }, _has_children: true }, { _level: 3 }] })
    const id = made.body[1].pool._id as number
    expect(await api(method, '/api/v1/pool', [doc({ _id: id, _version: 2, _id_parent: top })])).toMatchObject({
      status: 200,
      body: [{ pool: { name: { 'en-US': 'B' } }, _level: 1 }],
    })
  })

  it('refuses with the code that says why', async () => {
    const { api, standard } = await fresh()
    for (const [pool, code] of [
      [{ _id: standard, _version: 1 }, 'VersionMismatch'],
      [{ name: {} }, 'PoolNeedsParent'],
      [{ _id: standard, _version: 2, _id_parent: standard }, 'IllegalPathForPool'],
      [{ _id_parent: standard, is_system_pool: true }, 'UnableToSetIsSystemPool'],
      [{ _id_parent: standard, reference: 'system:root' }, 'DatabaseUniqueKeyViolation'],
      [{ 'lookup:_id_parent': { reference: 'nowhere' } }, 'LookupNotFound'],
    ] as const)
      expect(await api(method, '/api/v1/pool', [doc(pool)])).toMatchObject({ status: 400, body: { code } })
    for (const [rights, code] of [
      [{ fly: {} }, 'UnknownRight'],
      [{ acl: { versions: ['x'] } }, 'UnknownRightParam'],
      [{ read: { objecttype_ids: [0] } }, 'UnknownRightValue'],
    ] as const) {
      const answer = await api(method, '/api/v1/pool', [doc({ _id: standard, _version: 2 }, { _acl: [{ who: { _owner: true }, rights }] })])
      expect(answer).toMatchObject({ status: 400, body: { code } })
    }
  })

  it('is for those who manage pools, and have the right on the pool', async () => {
    const { api, standard, nobody, manager } = await fresh()
    const body = [doc({ _id_parent: standard })]
    expect(await api(method, '/api/v1/pool', body, { token: null })).toMatchObject({ status: 401 })
    expect(await api(method, '/api/v1/pool', body, { token: nobody })).toMatchObject({ status: 403, body: { code: 'SystemRightRequired' } })
    expect(await api(method, '/api/v1/pool', body, { token: manager })).toMatchObject({
      status: 403,
      body: { code: 'RightRequired', parameters: { right: 'bag_create' } },
    })
  })
})

describe('reading, counting and deleting a pool', () => {
  it('answers it as a list of one', async () => {
    const { api, standard, nobody } = await fresh()
    expect(await api('GET', `/api/v1/pool/${standard}`)).toMatchObject({ status: 200, body: [{ pool: { _id: standard } }] })
    expect(await api('GET', `/api/v1/pool/${standard}`, undefined, { token: nobody })).toMatchObject({ status: 403, body: { code: 'RightRequired' } })
    expect(await api('GET', `/api/v1/pool/${standard}`, undefined, { token: null })).toMatchObject({ status: 401 })
    expect(await api('GET', '/api/v1/pool/999')).toMatchObject({ status: 404, body: { code: 'ResourceNotFound' } })
  })

  it('counts the files in it', async () => {
    const { api, standard, nobody } = await fresh()
    expect(await api('GET', `/api/v1/pool/${standard}/stats?include_subpools=true`)).toMatchObject({
      status: 200,
      body: { pool_id: standard, files: { count: 0 } },
    })
    expect(await api('GET', `/api/v1/pool/${standard}/stats`, undefined, { token: nobody })).toMatchObject({ status: 403 })
    expect(await api('GET', `/api/v1/pool/${standard}/stats`, undefined, { token: null })).toMatchObject({ status: 401 })
    expect(await api('GET', '/api/v1/pool/999/stats')).toMatchObject({ status: 404 })
  })

  it('removes it with what is below', async () => {
    const { api, standard, nobody, manager } = await fresh()
    const made = await api('POST', '/api/v1/pool', [doc({ _id_parent: standard, reference: 'a' }), doc({ 'lookup:_id_parent': { reference: 'a' } })])
    const [upper, lower] = made.body.map(({ pool }: { pool: { _id: number } }) => pool._id) as [number, number]
    expect(await api('DELETE', `/api/v1/pool/${upper}`, undefined, { token: null })).toMatchObject({ status: 401 })
    expect(await api('DELETE', `/api/v1/pool/${upper}`, undefined, { token: nobody })).toMatchObject({
      status: 403,
      body: { code: 'SystemRightRequired' },
    })
    expect(await api('DELETE', `/api/v1/pool/${upper}`, undefined, { token: manager })).toMatchObject({
      status: 403,
      body: { code: 'RightRequired' },
    })
    expect(await api('DELETE', `/api/v1/pool/${upper}`)).toMatchObject({ status: 200, body: { status: { acknowledged: 'ok' } } })
    for (const method of ['GET', 'DELETE']) expect(await api(method, `/api/v1/pool/${lower}`)).toMatchObject({ status: 404 })
    expect(await api('DELETE', `/api/v1/pool/${standard}`)).toMatchObject({ status: 400, body: { code: 'ServerGeneric' } })
  })
})
