import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { museum } from '../../testing/museum.ts'
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

describe('workflow rules', () => {
  it('are what was saved, in its order', async () => {
    const { api } = await server.instance()
    const saved = await api('POST', '/api/v1/transitions', [
      { type: 'process', operations: ['INSERT'], confirm: { 'en-US': 'Sure?' } },
      { type: 'exit_reject' },
    ])
    expect(saved).toMatchObject({ status: 200, body: [{ type: 'process' }, { type: 'exit_reject' }] })
    expect(saved.headers.get('x-fylr-cache-id')).toMatch(/^[0-9a-f]+$/)
    expect(await api('GET', '/api/v1/transitions')).toMatchObject({ status: 200, body: saved.body })
  })

  it('are refused when they name what is not there', async () => {
    const { api } = await server.instance()
    for (const [action, code] of [
      [{ type: 'webhook', info: {} }, 'WebhookNotSelected'],
      [{ type: 'webhook', info: { name: 'x' } }, 'WebhookUnknown'],
      [{ type: 'change_owner', info: {} }, 'ChangeOwnerNotSelected'],
      [{ type: 'dance', info: {} }, 'ServerGeneric'],
    ] as const)
      expect(await api('POST', '/api/v1/transitions', [{ type: 'process', actions: [action] }])).toMatchObject({ status: 400, body: { code } })
  })

  it('belong to those who manage tags', async () => {
    const instance = await server.instance()
    const token = await nobody(instance)
    for (const method of ['GET', 'POST']) {
      const body = method === 'POST' ? [] : undefined
      expect(await instance.api(method, '/api/v1/transitions', body, { token })).toMatchObject({ status: 403, body: { code: 'SystemRightRequired' } })
      expect((await instance.api(method, '/api/v1/transitions', body, { token: null })).status).toBe(401)
    }
  })
})

describe('workflow rules are judged wherever they are kept', () => {
  const ROOT = { _basetype: 'user', user: { 'lookup:_id': { reference: 'system:root' } } }
  const places = [
    ['of the instance', (at: TestInstance, rules: unknown[]) => at.api('POST', '/api/v1/transitions', rules)],
    [
      'of a pool',
      async ({ api }: TestInstance, _transitions: unknown[]) => {
        const pool = { 'lookup:_id_parent': { reference: 'system:root' }, name: { 'en-US': 'Harbour' } }
        const { body, ...answer } = await api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool, _transitions }])
        return { ...answer, body: answer.status === 200 ? body[0]._transitions : body }
      },
    ],
    [
      'of an object type',
      async ({ api }: TestInstance, _transitions: unknown[]) => {
        const [known] = (await api('GET', '/api/v1/objecttype')).body
        const objecttype = { _id: known.objecttype._id, _version: known.objecttype._version + 1 }
        const { body, ...answer } = await api('POST', '/api/v1/objecttype', [{ _basetype: 'objecttype', objecttype, _transitions }])
        return { ...answer, body: answer.status === 200 ? body[0]._transitions : body }
      },
    ],
  ] as const
  const action = (type: string, info: object) => ({ type: 'process', actions: [{ type, info }] })

  describe.each(places)('%s', (_, save) => {
    let at: TestInstance
    beforeAll(async () => {
      at = await museum(server)
    })
    it.each<[object, string]>([
      [action('webhook', {}), 'WebhookNotSelected'],
      [action('webhook', { name: 'nowhere' }), 'WebhookUnknown'],
      [action('webhook', { name: 'nowhere', callback: 'pre_save' }), 'WebhookCallbackUnknown'],
      [action('webhook', { name: 'nowhere', callback: 5 }), 'WebhookCallbackUnknown'],
      [action('change_owner', {}), 'ChangeOwnerNotSelected'],
      [action('change_owner', { owner: {} }), 'ChangeOwnerNotSelected'],
      [action('change_owner', { owner: { user: { _id: 'x' } } }), 'ServerGeneric'],
      [action('change_owner', { owner: { group: { 'lookup:_id': { reference: 'system:default' } } } }), 'LookupNotFound'],
      [action('change_owner', { owner: { group: { _id: 999 } } }), 'LookupNotFound'],
      [action('email', { recipients: [null] }), 'ServerGeneric'],
      [action('email', { recipients: [{ user: { _id: 999 } }] }), 'LookupNotFound'],
      [action('email', { subject: { 'en-US': 5 } }), 'ServerGeneric'],
      [action('email', { batchable: 'yes' }), 'ServerGeneric'],
      [action('set_tags', {}), 'ServerGeneric'],
      [action('set_tags', { tags: [{ _id: 999, set: true }] }), 'ServerGeneric'],
      [action('set_tags', { tags: [{ _id: 1.5 }] }), 'ServerGeneric'],
      [action('shop:publish', {}), 'ServerGeneric'],
      [{ type: 'process', who: [{ _basetype: 'user', user: { _id: 999 } }] }, 'LookupNotFound'],
      [{ type: 'process', who: [{}] }, 'ServerGeneric'],
      [{ type: 'process', 'tagfilter:after': { changed: [999] } }, 'ServerGeneric'],
    ])('%j is refused with %s', async (rule, code) => {
      expect(await save(at, [rule])).toMatchObject({ status: 400, body: { code } })
    })
    it('are stored with their people found and an id of their own', async () => {
      const rule = { ...action('email', { subject: 'Done', recipients: [ROOT, { _owner: true }] }), operations: ['INSERT'], who: [ROOT] }
      const saved = await save(at, [rule, rule])
      const user = { _basetype: 'user', user: { _id: expect.any(Number) } }
      const stored = { who: [user], actions: [{ info: { recipients: [user, { _owner: true }] } }] }
      expect(saved).toMatchObject({ status: 200, body: [stored, stored] })
      expect(new Set((saved.body as { _id: number }[]).map(({ _id }) => _id)).size).toBe(2)
    })
  })

  it('and keep their ids when they are sent back', async () => {
    const { api } = await server.instance()
    const { body: first } = await api('POST', '/api/v1/transitions', [{ type: 'process' }, { type: 'resolve' }])
    const { body: again } = await api('POST', '/api/v1/transitions', [first[1], { type: 'process' }, first[1], first[0]])
    expect([again[0]._id, again[3]._id]).toEqual([first[1]._id, first[0]._id])
    expect(new Set(again.map(({ _id }: { _id: number }) => _id)).size).toBe(4)
  })
})

describe('tags of pools and object types', () => {
  const group = (...tags: object[]) => [{ _basetype: 'taggroup', taggroup: { type: 'checkbox' }, _tags: tags }]

  it('are answered as they stand there', async () => {
    const at = await museum(server)
    const [{ _tags: tags }] = (await at.api('POST', '/api/v1/tags', group({ reference: 'a', is_default: true }, { reference: 'b', sticky: true })))
      .body
    const [a, b] = tags.map(({ _id }: { _id: number }) => _id)
    const pool = { 'lookup:_id_parent': { reference: 'system:root' }, name: { 'en-US': 'Harbour' } }
    const [saved] = (await at.api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool, _private_tags: true }])).body
    const id = saved.pool._id
    const shut = [
      { _id: a, enabled: false, is_default: false, _origin: 'tags-filled' },
      { _id: b, enabled: true, _origin: 'tags' },
    ]
    expect(saved._compiled_tags).toMatchObject(shut)
    expect((await at.api('GET', `/api/v1/pool/${id}`)).body[0]._compiled_tags).toEqual(saved._compiled_tags)
    const change = { _basetype: 'pool', pool: { _id: id, _version: 2 }, _private_tags: false, _tags: [{ _id: b, is_default: true }] }
    const open = [
      { _id: a, enabled: true, is_default: true, _origin: 'tags' },
      { _id: b, is_default: true, _origin: `pool:${id}` },
    ]
    expect((await at.api('POST', '/api/v1/pool', [change])).body[0]._compiled_tags).toMatchObject(open)
    expect((await at.api('GET', '/api/v1/pool', undefined, { token: at.visitor })).status).toBe(200)
    const listed = (await at.api('GET', '/api/v1/pool')).body.find((one: { pool: { _id: number } }) => one.pool._id === id)
    expect(listed._compiled_tags).toMatchObject(open)

    const [place] = (await at.api('GET', '/api/v1/objecttype')).body
    const objecttype = { _id: place.objecttype._id, _version: place.objecttype._version + 1 }
    const [kept] = (await at.api('POST', '/api/v1/objecttype', [{ _basetype: 'objecttype', objecttype, _tags: [{ _id: a, enabled: false }] }])).body
    const origin = `objecttype:${objecttype._id}:${place.objecttype.name}`
    expect(kept._compiled_tags).toMatchObject([{ _id: a, enabled: false, _origin: origin }, { _id: b }])
    expect((await at.api('GET', `/api/v1/objecttype/${objecttype._id}`, undefined, { token: at.visitor })).body[0]._compiled_tags).toEqual(
      kept._compiled_tags,
    )
  })

  it('name only tags there are, each once', async () => {
    const { api } = await server.instance()
    const [{ _tags: tags }] = (await api('POST', '/api/v1/tags', group({ reference: 'a' }))).body
    const pool = { 'lookup:_id_parent': { reference: 'system:root' } }
    for (const _tags of [[{ _id: 999 }], [{ reference: 'new' }], [{ _id: tags[0]._id }, { _id: tags[0]._id }]])
      expect(await api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool, _tags }])).toMatchObject({ status: 400, body: { code: 'ServerGeneric' } })
  })
})
