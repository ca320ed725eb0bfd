import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { museum } from '../../testing/museum.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const rightsOf = (rights: string) => Object.fromEntries(rights.split(' ').map((name) => [name, {}]))

/** The museum with two pools, three tags (`draft` is a default, `old` is switched off) and a visitor with rights by request. */
async function prepared() {
  const at = await museum(server)
  const [{ _tags: tags }] = (
    await at.api('POST', '/api/v1/tags', [
      {
        _basetype: 'taggroup',
        taggroup: { type: 'checkbox' },
        _tags: [{ reference: 'draft', is_default: true }, { reference: 'seen' }, { reference: 'old', enabled: false }],
      },
    ])
  ).body
  const [draft, seen, old] = tags.map(({ _id }: { _id: number }) => _id) as [number, number, number]
  const visitorId = (await at.api('GET', '/api/v1/user?limit=1000')).body.find((one: { user: { login: string } }) => one.user.login === 'visitor')
    .user._id
  const pool = async (name: string, rights: string | null, more: object = {}, tagfilter?: object): Promise<number> => {
    const who = { _basetype: 'user', user: { _id: visitorId } }
    const _acl = rights === null ? [] : [{ who, rights: rightsOf(rights), ...(tagfilter && { tagfilter }) }]
    const block = { 'lookup:_id_parent': { reference: 'system:root' }, name: { 'en-US': name } }
    const { status, body } = await at.api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: block, _acl, ...more }])
    if (status !== 200) throw new Error(JSON.stringify(body))
    return body[0].pool._id
  }
  const work = async (poolId: number, ...tagIds: number[]): Promise<number> => {
    const record = { _objecttype: 'work', _mask: '_all_fields', _tags: tagIds.map((_id) => ({ _id })), work: { _pool: { pool: { _id: poolId } } } }
    const { status, body } = await at.api('POST', '/api/v1/db/work', [record])
    if (status !== 200) throw new Error(JSON.stringify(body))
    return body[0].work._id
  }
  const ask = (operation: 'create' | 'update', body: object, token = at.visitor) => at.api('POST', `/api/v1/db_info/${operation}`, body, { token })
  const standard = (await at.api('GET', '/api/v1/pool')).body.find((one: { pool: { reference: string } }) => one.pool.reference === 'system:standard')
    .pool._id as number
  return { ...at, pool, work, ask, draft, seen, old, standard, visitorId }
}

describe('what could be created', () => {
  it('is told by object type and pool, for root everything but the root pool', async () => {
    const at = await prepared()
    const open = await at.pool('open', 'create mask')
    await at.pool('closed', 'read')
    const work = { _id: 2, name: 'work' }
    expect((await at.ask('create', {})).body).toEqual({
      _available_objecttypes: [{ ...work, pool_ids: [open] }],
      _available_masks: [],
      _available_tags: [
        { _id: at.draft, is_default: true },
        { _id: at.seen, is_default: false },
      ],
    })
    const all = (await at.ask('create', {}, at.token)).body
    expect(all._available_objecttypes).toMatchObject([{ name: 'place' }, { ...work }])
    expect(all._available_objecttypes[0]).not.toHaveProperty('pool_ids')
    expect(all._available_objecttypes[1].pool_ids).toHaveLength(3)
    expect((await at.ask('create', { objecttype: 'place' })).body.code).toBe('NoMasksForCreate')
    const who = { _basetype: 'user', user: { _id: at.visitorId } }
    const places = { _basetype: 'objecttype', objecttype: { _id: 1, _version: 2 }, _acl: [{ who, rights: rightsOf('create mask') }] }
    expect((await at.api('POST', '/api/v1/objecttype', [places])).status).toBe(200)
    expect((await at.ask('create', { objecttype: 'place' })).body).toMatchObject({
      _available_objecttypes: [{ name: 'place' }],
      _available_masks: [{ name: 'place__main' }],
      _available_tags: [],
    })
  })

  it('depends on the tags: the defaults, those that are sent, or any', async () => {
    const at = await prepared()
    const pool = await at.pool('seen only', 'create mask', {}, { all: [at.seen] })
    const types = async (more: object) => (await at.ask('create', more)).body._available_objecttypes.length
    expect(await types({})).toBe(0)
    expect(await types({ tag_ids: [at.draft] })).toBe(0)
    expect(await types({ tag_ids: [at.draft, at.seen] })).toBe(1)
    expect(await types({ tag_ids: null })).toBe(1)
    expect((await at.ask('create', { objecttype: 'work', pool_id: pool, tag_ids: [] })).body).toMatchObject({
      code: 'NoMasksForCreate',
      parameters: { objecttype: 'work', pool },
    })
  })

  it('takes default tags and tags that can be used from the pool', async () => {
    const at = await prepared()
    const tags = { _private_tags: true, _tags: [{ _id: at.seen, is_default: true }] }
    const pool = await at.pool('own tags', 'create mask', tags, { all: [at.seen], not: [at.draft] })
    const { status, body } = await at.ask('create', { objecttype: 'work', pool_id: pool })
    expect(status).toBe(200)
    expect(body).toEqual({
      _available_objecttypes: [{ _id: 2, name: 'work', pool_ids: [pool] }],
      _available_masks: [{ _id: expect.any(Number), name: 'work__main' }],
      _available_tags: [{ _id: at.seen, is_default: true }],
    })
    expect((await at.ask('create', { objecttype: 'work', pool_id: pool, tag_ids: [at.draft] })).body).toMatchObject({
      code: 'TagNotEnabled',
      parameters: { tagid: at.draft },
    })
  })

  it('lists masks by preference, and only those whose conditions hold; _all_fields for root', async () => {
    const at = await prepared()
    const masks = (await at.api('GET', '/api/v1/mask/HEAD')).body
    const second = {
      ...masks.masks.find(({ name }: { name: string }) => name === 'work__main'),
      name: 'work__short',
      is_preferred: false,
      mask_id: undefined,
    }
    await at.api('POST', '/api/v1/mask/HEAD', { ...masks, masks: [...masks.masks, second] })
    const commit = await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')
    expect(commit.status).toBe(200)
    const pool = await at.pool('open', 'create mask')
    const names = async (more: object = {}, token = at.visitor) =>
      (await at.ask('create', { objecttype: 'work', pool_id: pool, ...more }, token)).body._available_masks?.map(({ name }: { name: string }) => name)
    expect(await names()).toEqual(['work__main', 'work__short'])
    const listed = (await at.ask('create', { objecttype: 'work', pool_id: pool })).body._available_masks
    const [main, short] = listed.map(({ _id }: { _id: number }) => _id)
    expect(await names({}, at.token)).toEqual(['work__main', 'work__short', '_all_fields'])
    await at.api('POST', '/api/v1/pool', [{ _basetype: 'pool', pool: { _id: pool, _version: 2 }, _standard_masks: { 2: [short] } }])
    expect(await names()).toEqual(['work__short', 'work__main'])
    const type = (await at.api('GET', '/api/v1/objecttype/2')).body[0].objecttype
    const filters = { _maskfilters: { [main]: { tagfilter: { not: [at.draft] } } } }
    await at.api('POST', '/api/v1/objecttype', [{ _basetype: 'objecttype', objecttype: { _id: 2, _version: type._version + 1 }, ...filters }])
    expect(await names()).toEqual(['work__short'])
    expect(await names({ tag_ids: [] })).toEqual(['work__short', 'work__main'])
    expect(await names({ tag_ids: null })).toEqual(['work__short', 'work__main'])
  })

  it('is refused for what does not exist', async () => {
    const at = await prepared()
    for (const [body, code] of [
      [{ objecttype: 'nothing' }, 'ObjecttypeNotFound'],
      [{ tag_ids: [999] }, 'TagNotFound'],
      [{ tag_ids: [at.old] }, 'TagNotEnabled'],
      [{ objecttype: 'place', tag_ids: [at.seen] }, 'TagNotEnabled'],
      [{ pool_id: 999 }, 'LookupNotFound'],
      [{ objecttype: 5 }, 'ServerGeneric'],
      [{ more: 1 }, 'ServerGeneric'],
    ] as const)
      expect(await at.ask('create', body), code).toMatchObject({ status: 400, body: { code } })
    expect((await server.instance().then((empty) => empty.api('POST', '/api/v1/db_info/create', {}))).body).toEqual({
      _available_objecttypes: [],
      _available_masks: [],
      _available_tags: [],
    })
  })
})

describe('what could be changed', () => {
  it('is what holds for all of the records', async () => {
    const at = await prepared()
    const strong = await at.pool('strong', 'delete mask acl change_owner')
    const weak = await at.pool('weak', 'write mask')
    const [one, two] = [await at.work(strong), await at.work(weak)]
    const rights = async (...object_ids: number[]) => (await at.ask('update', { objecttype: 'work', object_ids })).body._generated_rights
    expect(await rights(one)).toEqual(rightsOf('read write delete mask acl change_owner'))
    expect(await rights(one, two)).toEqual(rightsOf('read write mask'))
    expect((await at.ask('update', { objecttype: 'work', object_ids: [one, two] })).body).toMatchObject({
      _available_masks: [{ name: 'work__main' }],
      _available_tags: [{ _id: at.draft }, { _id: at.seen }],
      _available_pools: [],
    })
    expect((await at.ask('update', { objecttype: 'work', object_ids: [two, two] })).body._available_pools).toEqual([weak])
  })

  it('looks at the pool and tags that the records would have, and at where they are for the right to leave', async () => {
    const at = await prepared()
    const here = await at.pool('here', 'read unlink mask')
    const there = await at.pool('there', 'write link', { _private_tags: true, _tags: [{ _id: at.seen }] })
    const tagged = await at.pool('tagged', 'delete', {}, { all: [at.seen] })
    const one = await at.work(here)
    const asked = async (more: object = {}) => (await at.ask('update', { objecttype: 'work', object_ids: [one], ...more })).body
    expect(await asked()).toMatchObject({ _available_pools: [here, there], _generated_rights: rightsOf('read unlink mask') })
    const moved = await asked({ pool_id: there })
    expect(moved._generated_rights).toEqual(rightsOf('read write link unlink'))
    expect(moved).toMatchObject({ _available_masks: [], _available_tags: [{ _id: at.seen }] })
    expect((await asked({ pool_id: tagged }))._generated_rights).toEqual(rightsOf('unlink'))
    expect((await asked({ pool_id: tagged, tag_ids: [at.seen] }))._generated_rights).toEqual(rightsOf('read write delete unlink'))
    const stored = await at.work(tagged, at.seen)
    const without = async (more: object) => (await at.ask('update', { objecttype: 'work', object_ids: [stored], ...more })).body._generated_rights
    expect(await without({})).toEqual(rightsOf('read write delete'))
    expect(await without({ tag_ids: null })).toEqual({})
    expect(await without({ tag_ids: [] })).toEqual({})
  })

  it('from different pools is a move into one that lets all of them in', async () => {
    const at = await prepared()
    const [one, two, target] = [await at.pool('a', 'read unlink link'), await at.pool('b', 'read unlink'), await at.pool('c', 'link')]
    const bound = await at.pool('d', 'read')
    const pools = async (...object_ids: number[]) => (await at.ask('update', { objecttype: 'work', object_ids })).body._available_pools
    const [a, b, d] = [await at.work(one), await at.work(two), await at.work(bound)]
    expect(await pools(a, b)).toEqual([one, target])
    expect(await pools(b)).toEqual([one, two, target])
    expect(await pools(a, d)).toEqual([])
    expect(await pools(d)).toEqual([bound])
    expect((await at.ask('update', { objecttype: 'work', object_ids: [a, b] }, at.token)).body._available_pools).toHaveLength(5)
  })

  it('is nothing where a record may not be read, the same as where there is none', async () => {
    const at = await prepared()
    const [open, closed] = [await at.pool('open', 'write mask'), await at.pool('closed', null)]
    const [seen, hidden] = [await at.work(open), await at.work(closed)]
    const nothing = { _available_masks: [], _available_tags: [], _available_pools: [], _generated_rights: {} }
    expect((await at.ask('update', { objecttype: 'work', object_ids: [seen, hidden] })).body).toEqual(nothing)
    expect((await at.ask('update', { objecttype: 'work', object_ids: [seen, 999] })).body).toEqual(nothing)
    expect((await at.ask('update', { objecttype: 'place', object_ids: [seen] })).body).toEqual(nothing)
    // Reading what is stored is asked for, not what would be: nobody gets to see by supposing.
    expect((await at.ask('update', { objecttype: 'work', object_ids: [hidden], pool_id: open })).body).toMatchObject({ _available_masks: [] })
  })

  it('of records outside of pools knows no pools, and all fields for root', async () => {
    const at = await prepared()
    const place = { objecttype: 'place', object_ids: [1] }
    expect((await at.ask('update', { ...place, pool_id: at.standard, tag_ids: [at.seen] }, at.token)).body).toMatchObject({
      _available_masks: [{ name: 'place__main' }, { name: '_all_fields' }],
      _available_tags: [],
      _available_pools: [],
      _generated_rights: rightsOf('read write delete'),
    })
  })

  it('is refused for what does not exist, and for too many records at once', async () => {
    const at = await prepared()
    for (const [body, code] of [
      [{}, 'ServerGeneric'],
      [{ objecttype: 'work' }, 'ServerGeneric'],
      [{ objecttype: 'work', object_ids: [] }, 'ServerGeneric'],
      [{ objecttype: 'work', object_ids: Array.from({ length: 1001 }, (_, i) => i + 1) }, 'ServerGeneric'],
      [{ objecttype: 'nothing', object_ids: [1] }, 'ObjecttypeNotFound'],
      [{ objecttype: 'work', object_ids: [1], pool_id: 999 }, 'LookupNotFound'],
    ] as const)
      expect(await at.ask('update', body), code).toMatchObject({ status: 400, body: { code } })
  })

  it('asks strangers to sign in', async () => {
    const { api } = await server.instance()
    for (const operation of ['create', 'update'])
      expect(await api('POST', `/api/v1/db_info/${operation}`, { objecttype: 'work', object_ids: [1] }, { token: null })).toMatchObject({
        status: 401,
        body: { code: 'UserRequired' },
      })
  })
})
