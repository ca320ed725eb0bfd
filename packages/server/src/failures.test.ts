/** Every failure of every route has the same envelope, whatever caused it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestInstance, type TestServer } from './testing/test-server.ts'

let server: TestServer
let at: TestInstance
beforeAll(async () => {
  server = await testServer()
  at = await server.instance()
})
afterAll(() => server.close())

describe('a request that cannot be carried out', () => {
  it('to an unknown path or with an unknown method is UnknownEndpointMethod', async () => {
    for (const [method, path] of [
      ['GET', '/api/v1/nothing/here'],
      ['PATCH', '/api/v1/user'],
      ['DELETE', '/api/oauth2/token'],
      ['GET', '/nothing'],
    ] as const) {
      const { status, body } = await at.api(method, path)
      expect([status, body.code, body.parameters.endpoint, body.parameters.method]).toEqual([400, 'UnknownEndpointMethod', path, method])
    }
  })

  it('with broken JSON says so, and where', async () => {
    const { status, body } = await at.api('POST', '/api/v1/schema/user/HEAD', '{"version": 1,')
    expect([status, body.code, body.parameters.where]).toEqual([400, 'ServerGeneric', 'body'])
  })

  it('with a body of the wrong shape names the place', async () => {
    const { status, body } = await at.api('POST', '/api/v1/schema/user/HEAD', { version: 'one', type: 'user', tables: [] })
    expect([status, body.parameters.where, body.parameters.pointer]).toEqual([400, 'body', '/version'])
  })

  it('without a body where one is needed says so', async () => {
    const { status, body } = await at.api('POST', '/api/v1/db/anything')
    expect([status, body.code]).toEqual([415, 'UnsupportedMediaType'])
  })

  it('with a body of another media type is UnsupportedMediaType', async () => {
    const { status, body } = await at.api('POST', '/api/v1/schema/user/HEAD', '<xml/>', { headers: { 'content-type': 'application/xml' } })
    expect([status, body.code, body.parameters.mediatype]).toEqual([415, 'UnsupportedMediaType', 'application/xml'])
  })

  it('with an unknown or malformed query parameter names it', async () => {
    const unknown = await at.api('GET', '/api/v1/user?wanted=1')
    expect([unknown.status, unknown.body.parameters.where]).toEqual([400, 'query'])
    expect(unknown.body.error).toContain('wanted')
    const malformed = await at.api('GET', '/api/v1/user?limit=many')
    expect([malformed.status, malformed.body.parameters.pointer]).toEqual([400, '/limit'])
  })

  it('with a body that is too large is RequestTooLarge, announced or not', async () => {
    const huge = JSON.stringify([{ text: 'x'.repeat(5 * 1024 * 1024) }])
    const announced = await at.api('POST', '/api/v1/db/anything', huge, { headers: { 'content-length': String(huge.length) } })
    expect([announced.status, announced.body.code]).toEqual([413, 'RequestTooLarge'])
    const chunked = await at.api('POST', '/api/v1/db/anything', huge)
    expect([chunked.status, chunked.body.code]).toEqual([413, 'RequestTooLarge'])
  })

  it('with a form that is longer than any is RequestTooLarge, whoever sends it', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { status, body } = await at.api('POST', '/api/oauth2/token', `grant_type=${'x'.repeat(70_000)}`, { headers })
    expect([status, body.code, body.parameters.limit]).toEqual([413, 'RequestTooLarge', 65_536])
  })

  it('to a host that no instance claims is UnknownInstance', async () => {
    const response = await server.app.fetch(new Request('http://nobody.test/api/v1/user', { headers: { host: 'nobody.test' } }))
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'UnknownInstance'])
  })

  it('carries the id of the request, the sender’s own where it is a sensible one', async () => {
    const own = await at.api('GET', '/api/v1/nothing', undefined, { headers: { 'x-request-id': 'mine-1' } })
    expect(own.headers.get('x-request-id')).toBe('mine-1')
    const foolish = await at.api('GET', '/api/v1/nothing', undefined, { headers: { 'x-request-id': 'a b\tc' } })
    expect(foolish.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is never cached, and neither is any other answer unless the caller asks for it', async () => {
    expect((await at.api('GET', '/api/v1/nothing')).headers.get('cache-control')).toBe('no-store, no-cache')
    expect((await at.api('GET', '/api/v1/user')).headers.get('cache-control')).toBe('no-store, no-cache')
    expect((await at.api('GET', '/api/v1/user?cache_seconds=60')).headers.get('cache-control')).toBe('max-age=60, public')
    expect((await at.api('GET', '/api/v1/system/errortest?cache_seconds=60')).headers.get('cache-control')).toBe('no-store, no-cache')
  })
})

describe('a failure nobody has foreseen', () => {
  it('answers 500 and says nothing about the inside', async () => {
    const tenant = await server.tenants.find(at.domain)
    const broken = { ...tenant, tags: { list: () => Promise.reject(new Error('the secret of the house')) } }
    const find = server.tenants.find.bind(server.tenants)
    server.tenants.find = async () => broken as never
    try {
      const { status, body, text } = await at.api('GET', '/api/v1/tags')
      expect([status, body.code, body.statuscode]).toEqual([500, 'ServerGeneric', 500])
      expect(text).not.toContain('secret of the house')
    } finally {
      server.tenants.find = find
    }
  })
})
