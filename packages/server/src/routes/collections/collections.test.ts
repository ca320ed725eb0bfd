import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { doc, grant, person, withPeople } from './collections.fixture.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const idOf = ({ body }: { body: { collection: { _id: number } } }) => body.collection._id

describe('the tree', () => {
  it('begins with the root and a collection of everybody’s own, made when it is first asked for', async () => {
    const { anna, asAnna, asRoot } = await withPeople(server)
    const own = await asAnna('GET', '/list')
    expect(own.body).toMatchObject([
      { collection: { is_system_collection: true, displayname: { 'en-US': 'anna' } }, _level: 2, _owner: { user: { _id: anna.id } }, pin_ok: true },
    ])
    expect(own.body[0]._generated_rights).toMatchObject({ bag_create: {}, bag_acl: {}, link: {}, owner: {} })
    const all = await asRoot('GET', '/list')
    expect(all.body.map((one: { _level: number }) => one._level).toSorted()).toEqual([1, 2, 2])
    expect((await asRoot('GET', '/list?limit=1&offset=1')).body).toHaveLength(1)
  })

  it('makes the same collection for ten requests at once', async () => {
    const { asAnna } = await withPeople(server)
    const lists = await Promise.all(Array.from({ length: 10 }, () => asAnna('GET', '/list')))
    expect(new Set(lists.map(({ body }) => body[0].collection._id)).size).toBe(1)
    expect(lists.every(({ body }) => body.length === 1)).toBe(true)
  })

  it('is walked from where the caller comes in', async () => {
    const { asAnna, asRoot } = await withPeople(server)
    const [top] = (await asAnna('GET', '/list/null')).body
    const made = await asAnna('PUT', '', doc({ displayname: { 'en-US': 'Harbours' } }))
    expect(made).toMatchObject({ status: 200, body: { collection: { _version: 1, _id_parent: top.collection._id }, _level: 3 } })
    expect((await asAnna('GET', `/list/${top.collection._id}`)).body).toMatchObject([{ collection: { _id: idOf(made) } }])
    expect((await asRoot('GET', '/list/null')).body).toMatchObject([{ collection: { reference: 'system:root' }, _level: 1 }])
    expect(await asAnna('GET', '/list/9999')).toMatchObject({ status: 404, body: { code: 'ObjectNotFound' } })
    expect(await asAnna('GET', '/list/0')).toMatchObject({ status: 400 })
    const [root] = (await asRoot('GET', '/list/null')).body
    expect(await asAnna('GET', `/list/${root.collection._id}`)).toMatchObject({ status: 403, body: { code: 'RightRequired' } })
  })

  it('asks strangers to sign in', async () => {
    const { api } = await withPeople(server)
    for (const path of ['/list', '/list/null', '/1', '/objects/1'])
      expect(await api('GET', `/api/v1/collection${path}`, undefined, { token: null })).toMatchObject({ status: 401 })
    expect(await api('DELETE', '/api/v1/collection/1', undefined, { token: null })).toMatchObject({ status: 401 })
  })
})

describe.each(['PUT', 'POST'])('saving a collection by %s', (method) => {
  it('counts versions, keeps what is left out, and moves', async () => {
    const { asAnna } = await withPeople(server)
    const first = await asAnna(method, '', doc({ displayname: { 'en-US': 'A' }, reference: 'a', webfrontend_props: { color: 'red' } }))
    const second = await asAnna(method, '', doc({ displayname: { 'en-US': 'B' }, 'lookup:_id_parent': { reference: 'a' } }))
    expect(second.body).toMatchObject({ _level: 4, _path: [{}, {}, { collection: { displayname: { 'en-US': 'A' } } }, {}] })
    expect(await asAnna(method, '', doc({ _id: idOf(first), _version: 1 }))).toMatchObject({ status: 400, body: { code: 'VersionMismatch' } })
    const changed = await asAnna(method, '', doc({ _id: idOf(first), _version: 2, description: { 'en-US': 'new' } }))
    expect(changed.body.collection).toMatchObject({
      _version: 2,
      reference: 'a',
      webfrontend_props: { color: 'red' },
      description: { 'en-US': 'new' },
    })
    const top = changed.body.collection._id_parent as number
    const moved = await asAnna(method, '', doc({ _id: idOf(second), _version: 2, _id_parent: top }))
    expect(moved.body).toMatchObject({ _level: 3, collection: { _id_parent: top } })
  })

  it('finds a collection by reference without its version, and makes it where there is none', async () => {
    const { asAnna } = await withPeople(server)
    const made = await asAnna(method, '', doc({ 'lookup:_id': { reference: 'import' }, displayname: { 'en-US': 'one' } }))
    expect(made.body.collection).toMatchObject({ reference: 'import', _version: 1 })
    const again = await asAnna(method, '', doc({ 'lookup:_id': { reference: 'import' }, displayname: { 'en-US': 'two' } }))
    expect(again.body.collection).toMatchObject({ _id: idOf(made), _version: 2, displayname: { 'en-US': 'two' } })
  })

  it('takes back what it has answered', async () => {
    const { asAnna, ben } = await withPeople(server)
    const made = await asAnna(method, '', doc({ displayname: { 'en-US': 'A' } }, { _acl: [grant(ben, { bag_read: {} })] }))
    const back = { ...made.body, collection: { ...made.body.collection, _version: 2 } }
    const again = await asAnna(method, '', back)
    expect(again).toMatchObject({ status: 200, body: { _acl: made.body._acl, collection: { displayname: { 'en-US': 'A' } } } })
  })

  it('refuses what does not fit', async () => {
    const { asAnna, asBen, asRoot, ben } = await withPeople(server)
    const [top] = (await asAnna('GET', '/list/null')).body
    const [root] = (await asRoot('GET', '/list/null')).body
    const a = await asAnna(method, '', doc({ reference: 'a', shortname: 's' }))
    const b = await asAnna(method, '', doc({ _id_parent: idOf(a), children_allowed: false }))
    const cases: [object, number, string][] = [
      [doc({ reference: 'a' }), 400, 'DatabaseUniqueKeyViolation'],
      [doc({ shortname: 's' }), 400, 'DatabaseUniqueKeyViolation'],
      [doc({ reference: 'system:mine' }), 400, 'ServerGeneric'],
      [doc({ _id_parent: 9999 }), 400, 'LookupNotFound'],
      [doc({ 'lookup:_id_parent': { reference: 'nothing' } }), 400, 'LookupNotFound'],
      [doc({ _id: 9999, _version: 2 }), 400, 'LookupNotFound'],
      [doc({ _id_parent: idOf(b) }), 400, 'ServerGeneric'],
      [doc({ _id: idOf(a), _version: 2, _id_parent: idOf(b) }), 400, 'ServerGeneric'],
      [doc({ _id: idOf(a), _version: 2, _id_parent: idOf(a) }), 400, 'ServerGeneric'],
      [doc({ _id: top.collection._id, _version: 2, _id_parent: idOf(a) }), 400, 'ServerGeneric'],
      [doc({ _id: top.collection._id, _version: 2, reference: 'mine' }), 400, 'ServerGeneric'],
      [doc({ _id_parent: root.collection._id }), 403, 'RightRequired'],
      [doc({}, { _owner: { _basetype: 'user', user: { _id: ben.id } } }), 400, 'ServerGeneric'],
      [doc({}, { _acl: [grant(ben, { fly: {} })] }), 400, 'UnknownRight'],
      [doc({}, { _acl: [grant({ id: 9999, token: '' }, { bag_read: {} })] }), 400, 'LookupNotFound'],
    ]
    for (const [body, status, code] of cases) expect([body, await asAnna(method, '', body)]).toMatchObject([body, { status, body: { code } }])
    expect(await asBen(method, '', doc({ _id: idOf(a), _version: 2 }))).toMatchObject({ status: 403, body: { parameters: { right: 'bag_write' } } })
    expect(await asBen(method, '', doc({ _id_parent: idOf(a) }))).toMatchObject({ status: 403, body: { parameters: { right: 'bag_create' } } })
  })
})

describe('several collections at once', () => {
  it('are stored in their order, all or none', async () => {
    const { asAnna } = await withPeople(server)
    const made = await asAnna('PUT', '/list', [
      doc({ reference: 'up' }),
      doc({ 'lookup:_id_parent': { reference: 'up' }, displayname: { 'en-US': 'low' } }),
    ])
    expect(made).toMatchObject({ status: 200, body: [{ _level: 3, _has_children: true }, { _level: 4 }] })
    expect(await asAnna('PUT', '/list', [doc({ reference: 'new' }), doc({ _id: 9999, _version: 2 })])).toMatchObject({ status: 400 })
    expect((await asAnna('GET', '/list')).body).toHaveLength(3)
  })

  it('never make a circle, however they are moved at the same time', async () => {
    const { asAnna } = await withPeople(server)
    const [a, b] = [idOf(await asAnna('PUT', '', doc({}))), idOf(await asAnna('PUT', '', doc({})))]
    const moves = await Promise.all([
      asAnna('POST', `/${a}`, doc({ _version: 2, _id_parent: b })),
      asAnna('POST', `/${b}`, doc({ _version: 2, _id_parent: a })),
    ])
    expect(moves.map(({ status }) => status).toSorted()).toEqual([200, 400])
    expect((await asAnna('GET', '/list')).body).toHaveLength(3)
  })
})

describe('one collection by its id', () => {
  it('is read, changed and deleted with what is below', async () => {
    const { asAnna, asBen } = await withPeople(server)
    const upper = idOf(await asAnna('PUT', '', doc({ displayname: { 'en-US': 'upper' } })))
    const lower = idOf(await asAnna('PUT', '', doc({ _id_parent: upper })))
    expect(await asAnna('GET', `/${upper}`)).toMatchObject({
      status: 200,
      body: { _has_children: true, collection: { displayname: { 'en-US': 'upper' } } },
    })
    expect(await asAnna('POST', `/${upper}`, doc({ _version: 2, type: 'search' }))).toMatchObject({
      status: 200,
      body: { collection: { type: 'search' } },
    })
    expect(await asAnna('POST', `/${upper}`, doc({ _id: lower, _version: 3 }))).toMatchObject({ status: 400 })
    for (const [method, body] of [['GET'], ['POST', doc({ _version: 3 })], ['DELETE']] as const) {
      expect(await asBen(method, `/${upper}`, body)).toMatchObject({ status: 403, body: { code: 'RightRequired' } })
      expect(await asAnna(method, '/9999', body)).toMatchObject({ status: 404, body: { code: 'ObjectNotFound' } })
    }
    expect(await asAnna('DELETE', `/${upper}`)).toMatchObject({ status: 200, body: { status: { acknowledged: 'ok' } } })
    expect(await asAnna('GET', `/${lower}`)).toMatchObject({ status: 404 })
    const [top] = (await asAnna('GET', '/list')).body
    expect(await asAnna('DELETE', `/${top.collection._id}`)).toMatchObject({ status: 400, body: { code: 'ServerGeneric' } })
  })
})

describe('access lists of collections', () => {
  it('open a collection and what is below to others, down to a private one', async () => {
    const { asAnna, asBen, ben } = await withPeople(server)
    const open = idOf(await asAnna('PUT', '', doc({}, { _acl: [grant(ben, { bag_read: {} }), grant(ben, { bag_write: {} }, { sticky: true })] })))
    const below = idOf(await asAnna('PUT', '', doc({ _id_parent: open })))
    const closed = idOf(await asAnna('PUT', '', doc({ _id_parent: below }, { _private_acl: true })))
    const seen = (await asBen('GET', '/list')).body as { collection: { _id: number }; _generated_rights: object }[]
    expect(seen.map((one) => one.collection._id)).toEqual(expect.arrayContaining([open, below, closed]))
    expect((await asBen('GET', `/${below}`)).body._generated_rights).toEqual({ bag_read: {}, bag_write: {} })
    expect((await asBen('GET', '/list/null')).body.map((one: { collection: { _id: number } }) => one.collection._id)).toContain(open)
    await asAnna('POST', `/${open}`, doc({ _version: 2 }, { _acl: [grant(ben, { bag_read: {} })] }))
    expect((await asBen('GET', '/list')).body).toHaveLength(3)
    expect(await asBen('GET', `/${closed}`)).toMatchObject({ status: 403 })
  })

  it('count only while they are in force, and not for others', async () => {
    const { asAnna, asBen, ben, as, ...at } = await withPeople(server)
    const carla = await person(at, 'carla')
    const entries = [
      grant(ben, { bag_read: {} }, { active: false }),
      grant(ben, { bag_read: {} }, { when: { to: '2001-01-01' } }),
      grant(ben, { bag_read: {} }, { when: { from: '2999-01-01' } }),
      grant(carla, { bag_read: {} }, { when: { from: '2001-01-01', to: '2999-01-01' } }),
    ]
    const made = await asAnna('PUT', '', doc({}, { _acl: entries }))
    expect(await asBen('GET', `/${idOf(made)}`)).toMatchObject({ status: 403 })
    const seen = await as(carla)('GET', `/${idOf(made)}`)
    expect(seen).toMatchObject({ status: 200, body: { _has_acl: true } })
    expect([seen.body._acl, seen.body.collection.uuid]).toEqual([undefined, undefined])
    expect(made.body.collection.uuid).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('are changed only by those who may', async () => {
    const { asAnna, asBen, ben } = await withPeople(server)
    const id = idOf(await asAnna('PUT', '', doc({}, { _acl: [grant(ben, { bag_delete: {}, bag_create: {} })] })))
    expect(await asBen('POST', `/${id}`, doc({ _version: 2 }, { _acl: [] }))).toMatchObject({
      status: 403,
      body: { parameters: { right: 'bag_acl' } },
    })
    expect(await asBen('POST', `/${id}`, doc({ _version: 2, pin_code: '1' }))).toMatchObject({ status: 403 })
    expect(await asBen('PUT', '', doc({ _id_parent: id }, { _private_acl: true }))).toMatchObject({ status: 403 })
    const below = await asBen('PUT', '', doc({ _id_parent: id }))
    expect(below.body._owner.user._generated_displayname).toBe('anna')
    expect(await asBen('POST', `/${id}`, doc({ _version: 2, displayname: { 'en-US': 'B' } }))).toMatchObject({ status: 200 })
    expect(await asBen('DELETE', `/${id}`)).toMatchObject({ status: 200 })
  })

  it('a collection that moves to somebody else is theirs, with everything below', async () => {
    const { asAnna, asBen, asRoot, ben } = await withPeople(server)
    const [bens] = (await asBen('GET', '/list')).body
    const a = idOf(await asAnna('PUT', '', doc({})))
    const b = idOf(await asAnna('PUT', '', doc({ _id_parent: a })))
    expect(await asAnna('POST', `/${a}`, doc({ _version: 2, _id_parent: bens.collection._id }))).toMatchObject({ status: 403 })
    expect(await asRoot('POST', `/${a}`, doc({ _version: 2, _id_parent: bens.collection._id }))).toMatchObject({ status: 200 })
    expect((await asBen('GET', `/${b}`)).body._owner.user._id).toBe(ben.id)
    expect(await asAnna('GET', `/${b}`)).toMatchObject({ status: 403 })
  })
})
