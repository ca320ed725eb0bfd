/** Signing in at a Keystone that a test imitates, in front of a real Swift where that is there. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bodyOf, bytesOf, keysIn, readAll, troubleOf } from '../conformance/blob-store-bodies.ts'
import { PATIENCE } from './http.ts'
import { SwiftBlobStore } from './swift.ts'
import type { SwiftSettings } from './swift-access.ts'
import { faults, faultyServer, passTo, type Answer } from './testing/faulty-server.ts'
import { plainAgents, swiftService } from './testing/services.ts'

const service = await swiftService()
const PATIENT = { ...PATIENCE, tries: 2, firstPauseMs: 1 }

interface Access {
  readonly token: string
  readonly storageUrl: string
}

/** Lets one in with the right words, and refuses everybody else. */
function keystone(asked: unknown[], enter: () => Promise<Access>): Answer {
  return async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { auth: { identity: { password: { user: { password: string } } } } }
    asked.push(body)
    if (body.auth.identity.password.user.password !== 'right') return faults.status(401)(request, response)
    const { token, storageUrl } = await enter()
    const endpoint = (region: string, url: string, kind = 'public') => ({ interface: kind, region, region_id: region, url })
    const endpoints = [
      endpoint('north', 'http://127.0.0.1:1/inside', 'internal'),
      endpoint('south', 'http://127.0.0.1:1/south'),
      endpoint('north', storageUrl),
    ]
    const catalog = [
      { type: 'compute', endpoints: [endpoint('north', 'http://127.0.0.1:1/compute')] },
      { type: 'object-store', endpoints },
    ]
    return faults.status(201, JSON.stringify({ token: { catalog } }), { 'x-subject-token': token, 'content-type': 'application/json' })(
      request,
      response,
    )
  }
}

async function storeAt(answer: Answer, more: Partial<SwiftSettings> = {}) {
  const server = await faultyServer(answer)
  const agents = plainAgents()
  onTestFinished(async () => (agents.destroy(), server.close()))
  const auth_url = more.auth_url ? more.auth_url.replace('HOST', server.host) : `${server.url}/identity/v3?region=north`
  const place = { kind: 'swift', container: `test-${randomUUID()}`, username: 'museum:curator', password: 'right', temp_url_key: null } as const
  return { server, store: new SwiftBlobStore({ settings: { ...place, ...more, auth_url }, agents, patience: PATIENT }) }
}

describe('signing in at Keystone', () => {
  it.skipIf(!service)('leads to the objects of the project, in the region that was named', async () => {
    if (!service) return
    const asked: unknown[] = []
    const enter = async () => {
      const entered = await fetch(service.authUrl, { headers: { 'X-Auth-User': service.user, 'X-Auth-Key': service.key } })
      return { token: entered.headers.get('x-auth-token') ?? '', storageUrl: `${entered.headers.get('x-storage-url')}/` }
    }
    const { store, server } = await storeAt(keystone(asked, enter))
    await store.check({ write: true })
    await store.put('a', bodyOf(bytesOf(1000)))
    expect([await keysIn(store), (await readAll(await store.get('a'))).equals(bytesOf(1000))]).toEqual([['a'], true])
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /identity/v3/auth/tokens'])
    const domain = { name: 'Default' }
    const identity = { methods: ['password'], password: { user: { name: 'curator', domain, password: 'right' } } }
    expect(asked).toEqual([{ auth: { identity, scope: { project: { name: 'museum', domain } } } }])
  })

  it('takes domains and project from the query of the address', async () => {
    const asked: unknown[] = []
    const enter = async () => ({ token: 't', storageUrl: 'http://127.0.0.1:1/v1/a' })
    const auth_url = 'http://HOST/v3/?domain=both&user_domain=people&project=a%20house&region=south'
    const { store } = await storeAt(keystone(asked, enter), { auth_url, username: 'with:colon' })
    expect(await troubleOf(store.head('a'))).toBe('unavailable')
    expect(asked[0]).toMatchObject({
      auth: {
        identity: { password: { user: { name: 'with:colon', domain: { name: 'people' } } } },
        scope: { project: { name: 'a house', domain: { name: 'both' } } },
      },
    })
  })

  it('says what is wrong when it fails', async () => {
    const json = { 'x-subject-token': 't' }
    for (const [answer, trouble] of [
      [keystone([], async () => ({ token: '', storageUrl: 'no address' })), 'misconfigured'],
      [faults.status(401), 'denied'],
      [faults.status(404), 'misconfigured'],
      [faults.status(500), 'unavailable'],
      [faults.status(201, 'no JSON', json), 'unavailable'],
      [faults.status(201, '{"token":{"catalog":[]}}', json), 'misconfigured'],
      [faults.status(201, '{}'), 'misconfigured'],
      [faults.cut(), 'unavailable'],
    ] as const) {
      const { store } = await storeAt(answer)
      expect(await troubleOf(store.check({ write: false }))).toBe(trouble)
    }
  })
})

describe('a token', () => {
  const v1 = (server: () => string, refuse: () => boolean): Answer => {
    let tokens = 0
    return (request, response) => {
      if (request.url?.startsWith('/auth/')) {
        const headers = { 'x-auth-token': `token ${++tokens}`, 'x-storage-url': `${server()}/v1/account` }
        return faults.status(200, '', headers)(request, response)
      }
      return faults.status(refuse() ? 401 : 204, '', { 'x-token': String(request.headers['x-auth-token']) })(request, response)
    }
  }

  it('is asked for once, however many wait for it', async () => {
    const { store, server } = await storeAt(
      (request, response) =>
        v1(
          () => server.url,
          () => false,
        )(request, response),
      {
        auth_url: 'http://HOST/auth/v1.0',
      },
    )
    await Promise.all(Array.from({ length: 10 }, () => store.check({ write: false })))
    expect(server.seen.filter(({ path }) => path.startsWith('/auth/'))).toHaveLength(1)
  })

  it('that is refused is replaced once, and no more than once', async () => {
    let refusals = 1
    const refusing = v1(
      () => server.url,
      () => refusals-- > 0,
    )
    const { store, server } = await storeAt((request, response) => refusing(request, response), { auth_url: 'http://HOST/auth/v1.0' })
    await store.check({ write: false })
    const tokens = () => server.seen.map(({ headers }) => headers['x-auth-token'])
    expect(tokens()).toEqual([undefined, 'token 1', undefined, 'token 2'])
    refusals = 1000
    expect(await troubleOf(store.check({ write: false }))).toBe('denied')
    expect(tokens().slice(4)).toEqual(['token 2', undefined, 'token 3'])
  })

  it.skipIf(!service)('that a real server does not know any more is replaced, too', async () => {
    if (!service) return
    const real = passTo(new URL(service.authUrl).origin)
    let forget = false
    const forgetful: Answer = (request, response) => {
      if (forget) request.headers['x-auth-token'] = 'AUTH_tkof_another_time'
      forget = false
      return real(request, response)
    }
    const { store } = await storeAt(forgetful, { auth_url: 'http://HOST/auth/v1.0', username: service.user, password: service.key })
    await store.check({ write: true })
    forget = true
    await store.put('a', bodyOf(bytesOf(10)))
    expect(await readAll(await store.get('a'))).toEqual(bytesOf(10))
  })
})
