import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { doc, grant, members, withPeople, works } from './collections.fixture.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

/** Root's collection with records a, b, c and d in it. */
async function filled() {
  const at = await withPeople(server)
  const records = await works(at, 6)
  const made = await at.asRoot('PUT', '', doc({}, { objects: members(records.slice(0, 4)) }))
  const id = made.body.collection._id as number
  const names = new Map(records.map((record, i) => [`${record}@${at.domain}`, 'abcdef'[i]]))
  const content = async () => {
    const { body } = await at.asRoot('GET', `/objects/${id}`)
    return body.objects.map((one: { _global_object_id: string }) => names.get(one._global_object_id) ?? one._global_object_id).join(' ') as string
  }
  const [a, b, c, d, e, f] = records as [number, number, number, number, number, number]
  return { ...at, id, content, made, a, b, c, d, e, f }
}

describe('the records of a collection', () => {
  it('are answered in their order, page by page', async () => {
    const { asRoot, id, content, made, a, domain } = await filled()
    expect(made.body).toMatchObject({ _count: 4, _count_recursive: 4, _has_remote_objects: false })
    expect(await content()).toBe('a b c d')
    expect(await asRoot('GET', `/objects/${id}?limit=1`)).toMatchObject({
      status: 200,
      body: { _version: 1, count: 4, limit: 1, offset: 0, objects: [{ _global_object_id: `${a}@${domain}` }] },
    })
    expect((await asRoot('GET', `/objects/${id}?offset=3`)).body.objects).toHaveLength(1)
  })

  it('are replaced', async () => {
    const { asRoot, id, content, a, d, e } = await filled()
    expect(await asRoot('POST', `/objects/${id}`, { objects: members([d, e, a]) })).toMatchObject({ status: 200, body: { _version: 1, count: 3 } })
    expect(await content()).toBe('d e a')
    expect(await asRoot('POST', `/objects/${id}`, {})).toMatchObject({ status: 200, body: { count: 0 } })
  })

  it('are appended, and move to the end when they are there already', async () => {
    const { asRoot, id, content, a, b, e } = await filled()
    const props = [{ _global_object_id: `${a}@local`, webfrontend_props: { slide: 1 } }]
    expect(await asRoot('POST', `/push/${id}`, { objects: [...members([b, e]), ...props, ...members([e])] })).toMatchObject({ body: { count: 5 } })
    expect(await content()).toBe('c d b a e')
    await asRoot('POST', `/push/${id}`, { objects: members([a]) })
    const { body } = await asRoot('GET', `/objects/${id}?offset=4`)
    expect(body.objects).toMatchObject([{ webfrontend_props: { slide: 1 } }])
  })

  it.each([
    [{ index: 1, count: 2 }, 'ef', 'a e f d'],
    [{ index: 1, count: -1 }, 'e', 'a e'],
    [{ index: 0 }, 'd', 'd a b c'],
    [{ index: 2, count: 1 }, 'a', 'b a d'],
    [{ index: 1, count: 1 }, 'b', 'a b c d'],
    [{ index: 0, count: 2 }, 'cd', 'c d'],
    [{ index: 99, count: 5 }, 'e', 'a b c d e'],
    [{ count: 0 }, 'e', 'a b c d e'],
    [{ index: null }, 'e', 'a b c d e'],
    [{ index: 3, count: 1 }, '', 'a b c'],
  ])('are exchanged: %j with %s', async (at, given, expected) => {
    const { asRoot, id, content, ...records } = await filled()
    const objects = members([...given].map((name) => records[name as 'a']))
    expect(await asRoot('POST', `/splice/${id}`, { ...at, objects })).toMatchObject({ status: 200, body: { count: expected.split(' ').length } })
    expect(await content()).toBe(expected)
  })

  it('are taken out, all or none', async () => {
    const { asRoot, id, content, a, b, e } = await filled()
    expect(await asRoot('POST', `/remove/${id}`, members([a, e]))).toMatchObject({
      status: 400,
      body: { code: 'CollectionRemoveNotAllObjectsFound' },
    })
    expect(await content()).toBe('a b c d')
    expect(await asRoot('POST', `/remove/${id}`, members([b, a]))).toMatchObject({ status: 200, body: { _version: 1, count: 2 } })
    expect(await content()).toBe('c d')
  })

  it('are named by their system, by lookup, or belong to another system', async () => {
    const { api, asRoot, id: _, instanceId, domain, e, f } = await filled().then((at) => ({ ...at, instanceId: at.id }))
    const { body: rec } = await api('GET', `/api/v1/db/place/place__main/system_object_id/${f}`)
    const made = await asRoot('PUT', '', doc({}))
    const id = made.body.collection._id as number
    const objects = [
      { _global_object_id: `${e}@${domain}` },
      { 'lookup:_global_object_id': { _uuid: rec[0]._uuid } },
      { 'lookup:_global_object_id': { _system_object_id: e } },
      { _global_object_id: '12@elsewhere.example' },
      { 'lookup:_global_object_id': { _objecttype: 'place', name: { 'en-US': 'place 2' } } },
    ]
    expect(await asRoot('POST', `/push/${id}`, { objects })).toMatchObject({ status: 200, body: { count: 4 } })
    const read = await asRoot('GET', `/${id}`)
    expect(read.body).toMatchObject({ _count: 4, _has_remote_objects: true })
    expect((await asRoot('GET', `/objects/${id}`)).body.objects[2]._global_object_id).toBe('12@elsewhere.example')
    expect(instanceId).toBeGreaterThan(0)
  })

  it('have to exist and be named properly', async () => {
    const { asRoot, id, a, content } = await filled()
    const cases: [object, string][] = [
      [{ _global_object_id: '99999@local' }, 'LookupNotFound'],
      [{ _global_object_id: 'x@local' }, 'LookupNotFound'],
      [{ _global_object_id: 'nothing' }, 'ServerGeneric'],
      [{}, 'ServerGeneric'],
      [{ 'lookup:_global_object_id': {} }, 'ServerGeneric'],
      [{ 'lookup:_global_object_id': { _uuid: 'x' } }, 'RecordUnmarshalJson'],
      [{ 'lookup:_global_object_id': { _system_object_id: 99_999 } }, 'LookupNotFound'],
      [{ 'lookup:_global_object_id': { _objecttype: 'nothing', name: 'x' } }, 'UnknownObjecttype'],
      [{ 'lookup:_global_object_id': { _objecttype: 'work', _system_object_id: a } }, 'SchemaInconsistent'],
    ]
    for (const [object, code] of cases)
      expect([object, await asRoot('POST', `/push/${id}`, { objects: [object] })]).toMatchObject([object, { status: 400, body: { code } }])
    expect(await content()).toBe('a b c d')
  })

  it('vanish while they are in the trash', async () => {
    const { api, asRoot, id, content, b, c, domain } = await filled()
    const { body: rec } = await api('GET', `/api/v1/db/place/place__main/system_object_id/${b}`)
    expect(await api('DELETE', '/api/v1/db/place', [[rec[0].place._id, rec[0].place._version, null]])).toMatchObject({ status: 200 })
    expect(await content()).toBe('a c d')
    await asRoot('POST', `/splice/${id}`, { index: 1, count: 1, objects: [] })
    expect([await content(), c, domain]).toEqual(['a d', c, domain])
    expect((await asRoot('GET', `/${id}`)).body._count).toBe(2)
    expect(await asRoot('POST', `/push/${id}`, { objects: members([b]) })).toMatchObject({ status: 400, body: { code: 'LookupNotFound' } })
  })

  it('all arrive when many are pushed at once, each once and in the order of its request', async () => {
    const { asRoot, ...at } = await withPeople(server)
    const records = await works(at, 60)
    const id = (await asRoot('PUT', '', doc({}))).body.collection._id as number
    const parts = Array.from({ length: 6 }, (_, i) => records.slice(i * 10, i * 10 + 10))
    const pushed = await Promise.all(parts.map((part) => asRoot('POST', `/push/${id}`, { objects: members(part) })))
    expect(pushed.map(({ status }) => status)).toEqual(parts.map(() => 200))
    const stored = (await asRoot('GET', `/objects/${id}`)).body.objects.map((one: { _global_object_id: string }) =>
      Number.parseInt(one._global_object_id, 10),
    ) as number[]
    expect(stored.toSorted((x, y) => x - y)).toEqual(records)
    for (const part of parts) expect(stored.filter((one) => part.includes(one))).toEqual(part)
  })
})

describe('who may change what a collection holds', () => {
  it('needs link and unlink on the collection and read on the record', async () => {
    const { asAnna, asBen, ben, a, id: _, ...at } = await filled()
    const id = (await asAnna('PUT', '', doc({}, { _acl: [grant(ben, { bag_read: {} })] }))).body.collection._id as number
    const foreign = { objects: members(['1@elsewhere', '2@elsewhere']) }
    expect(await asAnna('POST', `/push/${id}`, { objects: members([a]) })).toMatchObject({
      status: 403,
      body: { code: 'ObjectInsufficientRights', parameters: { right: 'read', systemobjectid: a } },
    })
    expect(await asAnna('POST', `/push/${id}`, foreign)).toMatchObject({ status: 200, body: { count: 2 } })
    expect(await asBen('GET', `/objects/${id}`)).toMatchObject({ status: 200, body: { count: 2 } })
    for (const [path, body] of [
      ['push', { objects: members(['3@elsewhere']) }],
      ['splice', { index: 0, count: 1 }],
      ['objects', { objects: [] }],
      ['remove', members(['1@elsewhere'])],
    ] as const)
      expect([path, await asBen('POST', `/${path}/${id}`, body)]).toMatchObject([path, { status: 403, body: { code: 'RightRequired' } }])
    await asAnna('POST', `/${id}`, doc({ _version: 2 }, { _acl: [grant(ben, { bag_read: {}, unlink: {} })] }))
    expect(await asBen('POST', `/remove/${id}`, members(['1@elsewhere']))).toMatchObject({ status: 200, body: { count: 1, _version: 2 } })
    expect(await asBen('POST', `/push/${id}`, foreign)).toMatchObject({ status: 403, body: { parameters: { right: 'link' } } })
    expect(at.domain).toBeTruthy()
  })

  it('keeps to object types and pools', async () => {
    const { asRoot, asBen, ben, a } = await filled()
    const id = (
      await asRoot(
        'PUT',
        '',
        doc({}, { objects: members([a]), _acl: [grant(ben, { bag_read: {}, link: { objecttype_ids: [2] }, unlink: { objecttype_ids: [2] } })] }),
      )
    ).body.collection._id as number
    expect(await asBen('POST', `/remove/${id}`, members([a]))).toMatchObject({ status: 403, body: { parameters: { right: 'unlink' } } })
    expect(await asBen('POST', `/push/${id}`, { objects: members(['1@elsewhere']) })).toMatchObject({
      status: 403,
      body: { parameters: { right: 'link' } },
    })
    await asRoot('POST', `/${id}`, doc({ _version: 2 }, { _acl: [grant(ben, { bag_read: {}, unlink: { objecttype_ids: [1, 2] } })] }))
    expect(await asBen('POST', `/remove/${id}`, members([a]))).toMatchObject({ status: 200, body: { count: 0 } })
  })

  it('is nobody where records are not wanted', async () => {
    const { asRoot, a } = await filled()
    const id = (await asRoot('PUT', '', doc({ objects_allowed: false }))).body.collection._id as number
    expect(await asRoot('POST', `/push/${id}`, { objects: members([a]) })).toMatchObject({ status: 400, body: { code: 'ServerGeneric' } })
  })

  it('answers 404 for no collection and 401 for strangers', async () => {
    const { asRoot, api } = await filled()
    for (const [method, path, body] of [
      ['GET', 'objects', undefined],
      ['POST', 'objects', {}],
      ['POST', 'push', {}],
      ['POST', 'splice', {}],
      ['POST', 'remove', []],
    ] as const) {
      expect([path, await asRoot(method, `/${path}/99999`, body)]).toMatchObject([path, { status: 404, body: { code: 'ObjectNotFound' } }])
      expect(await api(method, `/api/v1/collection/${path}/1`, body, { token: null })).toMatchObject({ status: 401 })
    }
  })
})

describe('a collection with a code', () => {
  it('shows its content to those who have stored the code', async () => {
    const { api, asRoot, asBen, ben, b } = await filled()
    const made = await asRoot('PUT', '', doc({ pin_code: '1234' }, { objects: members([b]), _acl: [grant(ben, { bag_read: {} })] }))
    const id = made.body.collection._id as number
    expect(made.body).toMatchObject({ _has_pin: true, pin_ok: true, _count: 1 })
    expect(made.body.collection.pin_code).toBeUndefined()
    const closed = await asBen('GET', `/${id}`)
    expect(closed).toMatchObject({ status: 200, body: { _has_pin: true, pin_ok: false } })
    expect(closed.body._count).toBeUndefined()
    expect(await asBen('GET', `/objects/${id}`)).toMatchObject({ status: 403, body: { code: 'RightRequired' } })
    const code = (pin: string, version: number) => ({
      _basetype: 'user',
      user: { _id: ben.id, _version: version },
      _collection_pin_codes: [{ collection_id: id, pin_code: pin }],
    })
    expect(await api('POST', '/api/v1/user', [code('wrong', 2)])).toMatchObject({ status: 200 })
    expect(await asBen('GET', `/objects/${id}`)).toMatchObject({ status: 403 })
    expect(await api('POST', '/api/v1/user', [code('1234', 3)])).toMatchObject({ status: 200 })
    expect(await asBen('GET', `/objects/${id}`)).toMatchObject({ status: 200, body: { count: 1 } })
    expect((await asBen('GET', `/${id}`)).body).toMatchObject({ pin_ok: true, _count: 1 })
  })
})
