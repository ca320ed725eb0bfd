import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

async function nobody({ api, signIn }: TestInstance): Promise<string> {
  const password = 'correct horse battery'
  const made = await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'nobody' }, _password: password }])
  if (made.status !== 200) throw new Error(made.text)
  return signIn('nobody', password)
}
const GROUPS = [
  {
    _basetype: 'taggroup',
    taggroup: { reference: 'state', type: 'choice', displayname: { 'en-US': 'State' } },
    _tags: [{ reference: 'new', displayname: { 'en-US': 'New' } }, { reference: 'done' }],
  },
]

describe('tags', () => {
  it('are none at first, and then what was saved', async () => {
    const { api } = await server.instance()
    expect(await api('GET', '/api/v1/tags')).toMatchObject({ status: 200, body: [] })
    const saved = await api('POST', '/api/v1/tags', GROUPS)
    expect(saved).toMatchObject({ status: 200, body: GROUPS })
    expect((await api('GET', '/api/v1/tags')).body).toEqual(saved.body)
    expect((await api('POST', '/api/v1/tags', saved.body)).body).toEqual(saved.body)
  })

  it('are read by everybody who is signed in, and saved by those who manage tags', async () => {
    const instance = await server.instance()
    const token = await nobody(instance)
    expect((await instance.api('GET', '/api/v1/tags', undefined, { token })).status).toBe(200)
    expect(await instance.api('POST', '/api/v1/tags', [], { token })).toMatchObject({
      status: 403,
      body: { code: 'SystemRightRequired', parameters: { rights: 'system.tagmanager' } },
    })
    for (const method of ['GET', 'POST'])
      expect((await instance.api(method, '/api/v1/tags', method === 'POST' ? [] : undefined, { token: null })).status).toBe(401)
  })

  it('stay while conditions name them, and leave lists after a question', async () => {
    const { api } = await server.instance()
    const [group] = (await api('POST', '/api/v1/tags', GROUPS)).body
    const tag = group._tags[0]._id as number
    const pools = (await api('GET', '/api/v1/pool')).body
    await api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: { _id: pools[1].pool._id, _version: 2 }, _tags: [{ _id: tag }] }])
    expect(await api('POST', '/api/v1/tags', [])).toMatchObject({
      status: 202,
      body: { tasks: [{ buttons: [{}, { name: 'delete_policy', value: 'remove_tags' }] }] },
    })
    expect((await api('POST', '/api/v1/transitions', [{ type: 'reject', 'tagfilter:before': { all: [tag] } }])).status).toBe(200)
    expect(await api('POST', '/api/v1/tags?delete_policy=remove_tags', [])).toMatchObject({
      status: 400,
      body: { code: 'TagsInUse', parameters: { usages: [{ tag_id: tag, used_in: 'transition' }] } },
    })
    await api('POST', '/api/v1/transitions', [])
    expect(await api('POST', '/api/v1/tags?delete_policy=remove_tags', [])).toMatchObject({ status: 200, body: [] })
    expect((await api('GET', `/api/v1/pool/${pools[1].pool._id}`)).body[0]._tags).toEqual([])
  })
})
