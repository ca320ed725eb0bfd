import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { museum, type Museum } from '../../testing/museum.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
let now = new Date('2026-06-01T12:00:00Z')
beforeAll(async () => {
  server = await testServer({ clock: () => now })
})
afterAll(() => server.close())

type Json = Record<string, unknown>
const WORK = 2

interface House extends Museum {
  /** Everything about works as somebody who may sign in sees it. */
  readonly as: (path: string) => Promise<{ status: number; body: unknown }>
  readonly visitorId: number
  readonly pool: (acl: unknown[], more?: Json) => Promise<number>
  readonly change: (pool: number, version: number, acl: unknown[], more?: Json) => Promise<unknown>
  readonly work: (pool: number, year: number, envelope?: Json) => Promise<{ id: number; systemId: number }>
  readonly years: (query?: string) => Promise<unknown[]>
}

async function house(): Promise<House> {
  const at = await museum(server)
  const ok = async (method: string, path: string, body?: unknown) => {
    const answer = await at.api(method, path, body)
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }
  const users = (await ok('GET', '/api/v1/user')) as { user: { _id: number; login: string } }[]
  const visitorId = users.find(({ user }) => user.login === 'visitor')?.user._id ?? 0
  const pools = (await ok('GET', '/api/v1/pool')) as { pool: { _id: number; reference: string } }[]
  const standard = pools.find(({ pool }) => pool.reference === 'system:standard')?.pool._id ?? 0
  const as = async (path: string) => {
    const { status, body } = await at.api('GET', path, undefined, { token: at.visitor })
    return { status, body: body as unknown }
  }
  return {
    ...at,
    as,
    visitorId,
    pool: async (acl, more = {}) => {
      const [saved] = (await ok('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: { _id_parent: standard }, _acl: acl, ...more }])) as [
        { pool: { _id: number } },
      ]
      return saved.pool._id
    },
    change: (pool, version, acl, more = {}) =>
      ok('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: { _id: pool, _version: version }, _acl: acl, ...more }]),
    work: async (pool, year, envelope = {}) => {
      const sent = { _objecttype: 'work', _mask: 'work__main', ...envelope, work: { reference: `w${year}`, year, _pool: { pool: { _id: pool } } } }
      const [saved] = (await ok('POST', '/api/v1/db/work', [sent])) as [{ _system_object_id: number; work: { _id: number } }]
      return { id: saved.work._id, systemId: saved._system_object_id }
    },
    years: async (query = '') => {
      const { body } = await as(`/api/v1/db/work/work__main/list?format=long${query}`)
      return (body as { work: { year: number } }[]).map(({ work }) => work.year)
    },
  }
}

const to = (id: number, rights: Json, more: Json = {}) => ({ who: { user: { _id: id } }, rights, ...more })
const refusedFor = (right: string, systemobjectid: number) => ({
  status: 403,
  body: { code: 'ObjectInsufficientRights', parameters: { objecttype: 'work', right, systemobjectid } },
})

describe('a single record', () => {
  it('is refused with the missing right while it exists, and is nothing when it does not', async () => {
    const at = await house()
    const pool = await at.pool([])
    const { id, systemId } = await at.work(pool, 1901)
    for (const path of [
      `${id}`,
      `system_object_id/${systemId}`,
      `global_object_id/${systemId}@local`,
      `${id}?version=1`,
      `${id}?all_versions=true`,
    ]) {
      expect(await at.as(`/api/v1/db/work/work__main/${path}`)).toMatchObject(refusedFor('read', systemId))
    }
    for (const path of ['999', 'system_object_id/99999', 'global_object_id/99999@local', '999?version=1'])
      expect(await at.as(`/api/v1/db/work/work__main/${path}`)).toEqual({ status: 200, body: [] })
    await at.change(pool, 2, [to(at.visitorId, { read: {} })])
    expect(await at.as(`/api/v1/db/work/work__main/${id}`)).toMatchObject(refusedFor('mask', systemId))
    await at.change(pool, 3, [to(at.visitorId, { read: {}, mask: {} })])
    expect(await at.as(`/api/v1/db/work/work__main/${id}`)).toMatchObject({ status: 200, body: [{ work: { year: 1901 } }] })
  })

  it('shows all its fields to root alone', async () => {
    const at = await house()
    const { id } = await at.work(await at.pool([to(at.visitorId, { delete: {}, mask: {} })]), 1901)
    expect(await at.as(`/api/v1/db/work/_all_fields/${id}`)).toMatchObject({ status: 403, body: { code: 'SystemRightRequired' } })
  })

  it('is shown through the masks that the right names', async () => {
    const at = await house()
    const masks = (await at.api('GET', '/api/v1/mask/CURRENT')).body as { masks: { name: string; mask_id: number }[] }
    const main = masks.masks.find(({ name }) => name === 'work__main')?.mask_id ?? 0
    const pool = await at.pool([to(at.visitorId, { read: {}, mask: { mask_ids: { [WORK]: [main + 1000] } } })])
    const { id, systemId } = await at.work(pool, 1901)
    expect(await at.as(`/api/v1/db/work/work__main/${id}`)).toMatchObject(refusedFor('mask', systemId))
    expect(await at.years()).toEqual([])
    for (const [version, named] of [main, 'standard'].entries()) {
      await at.change(pool, version + 2, [to(at.visitorId, { read: {}, mask: { mask_ids: { [WORK]: [named] } } })])
      expect(await at.as(`/api/v1/db/work/work__main/${id}`)).toMatchObject({ status: 200, body: [{}] })
      expect(await at.years()).toEqual([1901])
    }
  })

  it('tells what the caller may do with it', async () => {
    const at = await house()
    const pool = await at.pool([to(at.visitorId, { write: { _grantable: true }, unlink: {}, mask: {} })])
    const { id } = await at.work(pool, 1901)
    const rightsOf = async () => {
      const { body } = await at.as(`/api/v1/db/work/work__main/${id}`)
      return (body as { _generated_rights: Json }[])[0]?._generated_rights
    }
    expect(await rightsOf()).toEqual({ read: { _grantable: true }, write: { _grantable: true }, unlink: {} })
    await at.change(pool, 2, [to(at.visitorId, { read: {}, mask: {} })])
    expect(await rightsOf()).toEqual({ read: {} })
    const { body } = await at.api<Json[]>('GET', `/api/v1/db/work/work__main/${id}`)
    expect(body[0]?.['_generated_rights']).toMatchObject({ read: {}, write: {}, delete: {}, owner: {} })
  })
})

describe('a list of records', () => {
  it('holds what may be read, page by page, without gaps', async () => {
    const at = await house()
    const open = await at.pool([to(at.visitorId, { read: {}, mask: {} })])
    const closed = await at.pool([])
    for (let year = 1901; year <= 1910; year++) await at.work((year - 1900) % 3 === 0 ? closed : open, year)
    const readable = [1901, 1902, 1904, 1905, 1907, 1908, 1910]
    expect(await at.years()).toEqual(readable)
    expect(await at.years('&limit=3')).toEqual(readable.slice(0, 3))
    expect(await at.years('&limit=3&offset=3')).toEqual(readable.slice(3, 6))
    expect(await at.years('&limit=3&offset=6')).toEqual(readable.slice(6))
    expect(await at.years('&limit=3&offset=7')).toEqual([])
    expect(await at.years('&all_versions=true')).toEqual(readable)
    expect(await at.as('/api/v1/db/place/place__main/list')).toEqual({ status: 200, body: [] })
  })

  it('follows the rules from the next request on', async () => {
    const at = await house()
    const pool = await at.pool([to(at.visitorId, { mask: {} })])
    await at.work(pool, 1901)
    expect(await at.years()).toEqual([])
    await at.change(pool, 2, [to(at.visitorId, { mask: {}, read: {} })])
    expect(await at.years()).toEqual([1901])
    await at.change(pool, 3, [])
    expect(await at.years()).toEqual([])
  })

  it('follows the hour, though nothing has changed', async () => {
    const at = await house()
    const pool = await at.pool([to(at.visitorId, { mask: {}, read: {} }, { when: { from: '2026-06-01T12:10:00Z', to: '2026-06-01T12:20:00Z' } })])
    await at.work(pool, 1901)
    const seen: unknown[] = []
    for (const minute of [9, 10, 20, 21]) {
      now = new Date(`2026-06-01T12:${String(minute).padStart(2, '0')}:00Z`)
      seen.push((await at.years()).length)
    }
    now = new Date('2026-06-01T12:00:00Z')
    expect(seen).toEqual([0, 1, 1, 0])
  })

  it('says of each record what the caller may do with it', async () => {
    const at = await house()
    const open = await at.pool([to(at.visitorId, { read: {}, mask: {} })])
    const work = await at.pool([to(at.visitorId, { delete: {}, mask: {} })])
    await at.work(open, 1901)
    await at.work(work, 1902)
    const { body } = await at.as('/api/v1/db/work/work__main/list?format=long')
    expect((body as { _generated_rights: Json }[]).map(({ _generated_rights: rights }) => Object.keys(rights).toSorted())).toEqual([
      ['read'],
      ['delete', 'read', 'write'],
    ])
  })
})
