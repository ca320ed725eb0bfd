import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const PATH = '/api/v1/webhook'
const SECRET = 'sixteen signs or more'
const hook = (more: object = {}) => ({
  _basetype: 'webhook',
  webhook: { name: 'archive', url: 'https://hooks.example.org/in', secret: SECRET, ...more },
})
const made = async ({ api }: TestInstance, more: object = {}) => {
  const { status, body, text } = await api('POST', PATH, [hook(more)])
  if (status !== 200) throw new Error(text)
  return body[0].webhook as { _id: number; _version: number; secret?: string }
}

describe('saving a webhook', () => {
  it('answers it as it is stored, and so do reading and listing, but never the secret that was sent', async () => {
    const { api } = await server.instance()
    const sent = hook({ event_types: ['OBJECT_INSERT'], objecttypes: ['work'], comment: 'for the archive' })
    const saved = await api('POST', PATH, [sent])
    const { secret: _, ...rest } = sent.webhook
    expect(saved).toMatchObject({
      status: 200,
      body: [{ _basetype: 'webhook', webhook: { ...rest, _version: 1, active: true }, _created_at: expect.any(String) }],
    })
    const id = saved.body[0].webhook._id
    expect((await api('GET', `${PATH}/${id}`)).body).toEqual(saved.body)
    expect((await api('GET', PATH)).body).toEqual(saved.body)
    expect(saved.text).not.toContain('secret')
  })

  it('makes a secret where none was sent, and shows it once', async () => {
    const at = await server.instance()
    const first = await made(at, { secret: undefined })
    expect(first.secret).toMatch(/^[\w-]{43}$/)
    expect((await at.api('GET', `${PATH}/${first._id}`)).text).not.toContain('secret')
    const kept = await made(at, { _id: first._id, _version: 2, secret: undefined })
    expect(kept.secret).toBeUndefined()
    const renewed = await made(at, { _id: first._id, _version: 3, secret: null })
    expect(renewed.secret).toMatch(/^[\w-]{43}$/)
    expect(renewed.secret).not.toBe(first.secret)
  })

  it('keeps secrets encrypted, each for its own place', async () => {
    const at = await server.instance()
    await made(at)
    await made(at, { name: 'another' })
    const rows = await server.database.tenant(at.id).read((sql) => sql`select secret from webhook where instance_id = ${at.id}`)
    expect(rows).toHaveLength(2)
    for (const { secret } of rows) expect(secret).toMatch(/^aes-256-gcm/)
    expect(JSON.stringify(rows)).not.toContain(SECRET)
  })

  it('changes what is sent and leaves the rest', async () => {
    const at = await server.instance()
    const { _id } = await made(at, { event_types: ['POOL_UPDATE'], active: false })
    const { body } = await at.api('POST', PATH, [
      { _basetype: 'webhook', webhook: { _id, _version: 2, name: 'renamed', url: 'https://hooks.example.org/other' } },
    ])
    expect(body).toMatchObject([
      { webhook: { _version: 2, name: 'renamed', url: 'https://hooks.example.org/other', event_types: ['POOL_UPDATE'], active: false } },
    ])
  })

  it('is refused for another version than the next, for one that is not there, and all together', async () => {
    const at = await server.instance()
    const { _id } = await made(at)
    for (const _version of [1, 3])
      expect(await at.api('POST', PATH, [hook({ _id, _version })])).toMatchObject({
        status: 400,
        body: { code: 'VersionMismatch', parameters: { expected: 2 } },
      })
    expect(await at.api('POST', PATH, [hook({ _id: 999, _version: 2 })])).toMatchObject({ status: 404, body: { code: 'ResourceNotFound' } })
    expect((await at.api('POST', PATH, [hook({ name: 'fine' }), hook({ _id, _version: 9 })])).status).toBe(400)
    expect((await at.api('GET', PATH)).body).toHaveLength(1)
  })

  it('is refused for a name that is taken, in the list or by another', async () => {
    const at = await server.instance()
    await made(at)
    for (const list of [[hook()], [hook({ name: 'twice' }), hook({ name: 'twice' })]])
      expect(await at.api('POST', PATH, list)).toMatchObject({ status: 409, body: { code: 'WebhookDuplicateName' } })
  })

  it.each([
    'http://127.0.0.1:8080/',
    'http://0x7f.1/',
    'http://[::ffff:10.0.0.1]/',
    'https://user:pass@hooks.example.org/',
    'ftp://hooks.example.org/',
    'hooks.example.org',
    'http://169.254.169.254/latest/',
  ])('is refused for the address %s', async (url) => {
    const { api } = await server.instance()
    expect(await api('POST', PATH, [hook({ url })])).toMatchObject({ status: 400, body: { code: 'WebhookUrlRefused', parameters: { url } } })
  })

  it('is refused for events that nobody is told of', async () => {
    const { api } = await server.instance()
    for (const type of ['USER_LOGIN', 'WEBHOOK_ERROR', 'NOTHING', 'toString'])
      expect(await api('POST', PATH, [hook({ event_types: [type] })])).toMatchObject({
        status: 400,
        body: { code: 'WebhookEventUnknown', parameters: { type } },
      })
  })

  it('is won by one of two who change the same version at once', async () => {
    const at = await server.instance()
    const { _id } = await made(at)
    const answers = await Promise.all([1, 2, 3].map((n) => at.api('POST', PATH, [hook({ _id, _version: 2, comment: `change ${n}` })])))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400])
  })
})

describe('messages of a webhook', () => {
  it('are listed newest first, in pages and by state, with what has become of them', async () => {
    const at = await server.instance()
    const { _id } = await made(at)
    const first = await at.api('POST', `${PATH}/${_id}/test`)
    expect(first).toMatchObject({ status: 200, body: { state: 'pending', attempts: 0, event_type: 'WEBHOOK_TEST' } })
    const second = await at.api('POST', `${PATH}/${_id}/test`)
    const list = (query = '') => at.api('GET', `${PATH}/${_id}/delivery${query}`)
    expect((await list()).body).toEqual({ count: 2, limit: 100, offset: 0, objects: [second.body, first.body] })
    expect((await list('?limit=1&offset=1')).body).toEqual({ count: 2, limit: 1, offset: 1, objects: [first.body] })
    expect((await list('?state=failed')).body).toMatchObject({ count: 0, objects: [] })
    for (const query of ['?state=lost', '?limit=0', '?offset=-1']) expect((await list(query)).status).toBe(400)
  })

  it('can be sent again one by one', async () => {
    const at = await server.instance()
    const { _id } = await made(at)
    const { body } = await at.api('POST', `${PATH}/${_id}/test`)
    expect(await at.api('POST', `${PATH}/${_id}/delivery/${body._id}/retry`)).toMatchObject({
      status: 200,
      body: { _id: body._id, state: 'pending' },
    })
    expect(await at.api('POST', `${PATH}/${_id}/delivery/${randomUUID()}/retry`)).toMatchObject({ status: 404, body: { code: 'ResourceNotFound' } })
    expect((await at.api('POST', `${PATH}/${_id}/delivery/nonsense/retry`)).status).toBe(400)
  })

  it('are not sent while the webhook is switched off', async () => {
    const at = await server.instance()
    const { _id } = await made(at)
    const { body } = await at.api('POST', `${PATH}/${_id}/test`)
    await made(at, { _id, _version: 2, active: false })
    for (const path of [`${PATH}/${_id}/test`, `${PATH}/${_id}/delivery/${body._id}/retry`])
      expect(await at.api('POST', path)).toMatchObject({ status: 400, body: { code: 'WebhookInactive', parameters: { name: 'archive' } } })
  })

  it('go with the webhook when it is deleted', async () => {
    const at = await server.instance()
    const { _id } = await made(at)
    await at.api('POST', `${PATH}/${_id}/test`)
    expect(await at.api('DELETE', `${PATH}/${_id}`)).toMatchObject({ status: 200, body: { status: { acknowledged: 'ok' } } })
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/delivery'],
      ['POST', '/test'],
      ['POST', `/delivery/${randomUUID()}/retry`],
    ] as const)
      expect([path, (await at.api(method, `${PATH}/${_id}${path}`)).status]).toEqual([path, 404])
  })
})

describe('webhooks', () => {
  it('are the affair of those who configure the instance', async () => {
    const at = await server.instance()
    const { _id } = await made(at)
    const user = (login: string, system_rights?: object) => ({
      _basetype: 'user',
      user: { login },
      _password: 'no rights at all',
      ...(system_rights && { _system_rights: system_rights }),
    })
    await at.api('POST', '/api/v1/user', [user('visitor')])
    const token = await at.signIn('visitor', 'no rights at all')
    const refused = { status: 403, body: { code: 'SystemRightRequired', parameters: { rights: 'system.config' } } }
    for (const [method, path] of [
      ['GET', PATH],
      ['POST', PATH],
      ['GET', `${PATH}/${_id}`],
      ['DELETE', `${PATH}/${_id}`],
      ['GET', `${PATH}/${_id}/delivery`],
      ['POST', `${PATH}/${_id}/test`],
      ['POST', `${PATH}/${_id}/delivery/${randomUUID()}/retry`],
    ] as const) {
      expect(await at.api(method, path, path === PATH && method === 'POST' ? [] : undefined, { token })).toMatchObject(refused)
      expect((await at.api(method, path, path === PATH && method === 'POST' ? [] : undefined, { token: null })).status).toBe(401)
    }
  })

  it('of one instance are nothing to another', async () => {
    const [one, other] = await Promise.all([server.instance(), server.instance()])
    const { _id } = await made(one)
    expect((await other.api('GET', `${PATH}/${_id}`)).status).toBe(404)
    expect((await other.api('GET', PATH)).body).toEqual([])
  })
})
