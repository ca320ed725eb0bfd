import { mask, masks, schema, table } from '@vitrine/testing/datamodels'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const OBJECTTYPES = '/api/v1/objecttype'
const changed = (fields: object, settings: object = {}) => [{ _basetype: 'objecttype', objecttype: { _id: 1, _version: 2, ...fields }, ...settings }]

async function instanceWithTypes(): Promise<TestInstance> {
  const instance = await server.instance()
  const collection = schema(
    table('thing', { title: 'text_l10n', file: 'eas', place: '-> place' }),
    table('place', { name: 'text' }, { pool_link: true }),
  )
  await instance.api('POST', '/api/v1/schema/user/HEAD', collection)
  await instance.api('POST', '/api/v1/mask/HEAD', masks(mask('thing_main', 'thing', ['title']), mask('place_main', 'place', ['name'])))
  expect((await instance.api('POST', '/api/v1/schema/commit?reindex=skip&confirm=yes')).status).toBe(200)
  return instance
}

async function stranger(instance: TestInstance): Promise<string> {
  await instance.api('POST', '/api/v1/user', [
    { _basetype: 'user', user: { _version: 1, type: 'easydb', login: 'rita' }, _password: 'a long enough password' },
  ])
  return instance.signIn('rita', 'a long enough password')
}

describe('GET /objecttype', () => {
  it('lists the object types of the committed datamodel with what holds without any setting', async () => {
    const { api } = await instanceWithTypes()
    const { status, body } = await api('GET', OBJECTTYPES)
    expect([status, body.map((o: { objecttype: { name: string } }) => o.objecttype.name)]).toEqual([200, ['thing', 'place']])
    expect(body[0]).toMatchObject({
      _standard_masks: null,
      _acl: [],
      objecttype: { _id: 1, _version: 1, mapping_image_import: 'none', contact: null },
    })
    expect(body[0]._filename_replacements).toEqual({ 'thing.file': ['%_asset.original_filename%', '%_standard%', '%title.<lang>%', '%place%'] })
  })
  it('leaves out what is for managers, for others and in the short form', async () => {
    const instance = await instanceWithTypes()
    const token = await stranger(instance)
    for (const { body } of [await instance.api('GET', `${OBJECTTYPES}?format=short`), await instance.api('GET', OBJECTTYPES, undefined, { token })]) {
      expect(body[0].objecttype).not.toHaveProperty('janitor_policy')
      expect(body[0]).not.toHaveProperty('_acl')
      expect(body[0]).toHaveProperty('_standard_masks')
    }
  })
  it('refuses a form nobody knows', async () => {
    const { api } = await server.instance()
    expect((await api('GET', `${OBJECTTYPES}?format=tall`)).status).toBe(400)
  })
  it('asks who wants to know', async () => {
    const { api } = await server.instance()
    expect((await api('GET', OBJECTTYPES, undefined, { token: null })).status).toBe(401)
  })
})

describe('GET /objecttype/{id}', () => {
  it('answers a list of one', async () => {
    const { api } = await instanceWithTypes()
    const { body } = await api('GET', `${OBJECTTYPES}/2`)
    expect(body.map((o: { objecttype: { name: string } }) => o.objecttype.name)).toEqual(['place'])
  })
  it('refuses ids there are none of', async () => {
    const { api } = await instanceWithTypes()
    const { status, body } = await api('GET', `${OBJECTTYPES}/9`)
    expect([status, body.code]).toEqual([400, 'ServerGeneric'])
  })
  it('asks who wants to know', async () => {
    const { api } = await server.instance()
    expect((await api('GET', `${OBJECTTYPES}/1`, undefined, { token: null })).status).toBe(401)
  })
})

describe('POST /objecttype', () => {
  it('stores what is sent, keeps what is left out, and counts versions', async () => {
    const { api } = await instanceWithTypes()
    const first = await api('POST', OBJECTTYPES, changed({ description: { 'en-US': 'Things' } }, { _standard_masks: [1] }))
    expect([first.status, first.body[0].objecttype._version]).toEqual([200, 2])
    const second = await api('POST', OBJECTTYPES, changed({ _version: 3, show_in_collections: false }))
    expect(second.body[0]).toMatchObject({
      _standard_masks: [1],
      objecttype: { _version: 3, description: { 'en-US': 'Things' }, show_in_collections: false },
    })
    expect((await api('GET', `${OBJECTTYPES}/1`)).body).toEqual(second.body)
    expect(first.headers.get('x-fylr-cache-id')).not.toBe(second.headers.get('x-fylr-cache-id'))
  })
  it('takes back what was read', async () => {
    const { api } = await instanceWithTypes()
    const { body } = await api('GET', `${OBJECTTYPES}/1`)
    body[0].objecttype._version++
    expect((await api('POST', OBJECTTYPES, body)).body).toEqual(body)
  })
  it('lets one of two editors win', async () => {
    const { api } = await instanceWithTypes()
    const answers = await Promise.all([1, 2].map(() => api('POST', OBJECTTYPES, changed({}))))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400])
    expect(answers.find(({ status }) => status === 400)?.body).toMatchObject({ code: 'VersionMismatch', parameters: { got: 2, expected: 3 } })
  })
  it.each<[string, object[], string, object]>([
    ['no standard mask at all', changed({}, { _standard_masks: [] }), 'ObjecttypeNeedsStandardMask', { name: 'thing' }],
    ['a mask of another type', changed({}, { _standard_masks: [2] }), 'ServerGeneric', {}],
    [
      'file names of a field nobody knows',
      changed({}, { _export_asset_filenames: { 'thing.nothing': {} } }),
      'UnknownField',
      { field: 'thing.nothing' },
    ],
    [
      'file names of a text',
      changed({}, { _export_asset_filenames: { 'thing.title': {} } }),
      'UnsupportedFieldType',
      { field: 'thing.title', type: 'text_l10n' },
    ],
    ['a caption of a text', changed({ caption: { 'thing.title': {} } }), 'UnsupportedFieldType', { field: 'thing.title' }],
    ['a mapping nobody has made', changed({ mapping_dc_export: 3 }), 'LookupNotFound', { key: 'mapping_dc_export' }],
    ['tidying records in pools', changed({ _id: 2, janitor_policy: {} }), 'ServerGeneric', {}],
    ['an object type nobody knows', changed({ _id: 9 }), 'ServerGeneric', {}],
  ])('refuses %s', async (_, body, code, parameters) => {
    const { api } = await instanceWithTypes()
    const answer = await api('POST', OBJECTTYPES, body)
    expect([answer.status, answer.body.code, answer.body.parameters]).toMatchObject([400, code, parameters])
  })
  it('stores all of a list or nothing', async () => {
    const { api } = await instanceWithTypes()
    expect((await api('POST', OBJECTTYPES, [...changed({}), ...changed({ _id: 9 })])).status).toBe(400)
    expect((await api('GET', `${OBJECTTYPES}/1`)).body[0].objecttype._version).toBe(1)
  })
  it('asks who wants to change them, and for the right', async () => {
    const instance = await instanceWithTypes()
    expect((await instance.api('POST', OBJECTTYPES, changed({}), { token: null })).status).toBe(401)
    expect((await instance.api('POST', OBJECTTYPES, changed({}), { token: await stranger(instance) })).status).toBe(403)
  })
})

describe('GET /objecttype/{id}/stats', () => {
  it('counts no files while none can be stored', async () => {
    const { api } = await instanceWithTypes()
    const { status, body } = await api('GET', `${OBJECTTYPES}/1/stats`)
    expect([status, body.files.count, body.files.originals.latest]).toEqual([200, 0, { size: 0, count: 0, by_class: {}, by_extension: {} }])
  })
  it('refuses ids there are none of', async () => {
    const { api } = await instanceWithTypes()
    expect((await api('GET', `${OBJECTTYPES}/9/stats`)).status).toBe(400)
  })
  it('asks who wants to know, and for the right', async () => {
    const instance = await instanceWithTypes()
    expect((await instance.api('GET', `${OBJECTTYPES}/1/stats`, undefined, { token: null })).status).toBe(401)
    expect((await instance.api('GET', `${OBJECTTYPES}/1/stats`, undefined, { token: await stranger(instance) })).status).toBe(403)
  })
})
