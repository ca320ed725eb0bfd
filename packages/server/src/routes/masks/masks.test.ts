import { mask, maskField, masks, schema, table } from '@vitrine/testing/datamodels'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const MASKS = '/api/v1/mask/HEAD'
const collection = schema(
  table('maker', { name: 'text_oneline' }, { reverse: ['letter.author'] }),
  table('letter', { author: '=> maker' }),
  table('thing', { title: 'text_l10n', maker: '-> maker', part: [{ what: 'text', maker: '-> maker' }] }),
)

async function instanceWithSchema() {
  const instance = await server.instance()
  await instance.api('POST', '/api/v1/schema/user/HEAD', collection)
  return instance
}

describe('POST /mask/HEAD', () => {
  it('gives ids to new masks and resolves names', async () => {
    const { api } = await instanceWithSchema()
    const { status, body, headers } = await api(
      'POST',
      MASKS,
      masks(mask('thing_main', 'thing', ['title', 'maker', 'thing__part']), mask('maker_main', 'maker', ['name'])),
    )
    expect([status, body.max_mask_id, body.based_on_schema_version]).toEqual([200, 2, 2])
    expect(body.masks[0]).toMatchObject({
      mask_id: 1,
      table_id: 3,
      fields: [{ column_id: 3 }, { kind: 'link', mask_id: null }, { other_table_id: 4 }],
    })
    expect(headers.get('x-fylr-cache-id')).toBe('2-1')
    expect((await api('GET', MASKS)).body).toEqual(body)
  })
  it('replaces the whole set, keeps ids that are sent back, and hands none out twice', async () => {
    const { api } = await instanceWithSchema()
    const { body } = await api('POST', MASKS, masks(mask('thing_main', 'thing', ['title']), mask('maker_main', 'maker', ['name'])))
    const second = await api('POST', MASKS, { ...body, masks: [{ ...body.masks[0], name: 'renamed' }, mask('maker_new', 'maker', ['name'])] })
    expect(second.body.masks.map((m: { mask_id: number; name: string }) => [m.mask_id, m.name])).toEqual([
      [1, 'renamed'],
      [3, 'maker_new'],
    ])
  })
  it('makes a working copy of its own after a commit', async () => {
    const { api } = await instanceWithSchema()
    await api('POST', '/api/v1/schema/commit?reindex=skip&confirm=yes')
    await api('POST', MASKS, masks(mask('thing_main', 'thing', ['title'])))
    expect((await api('GET', '/api/v1/mask/CURRENT')).body.masks).toEqual([])
    expect((await api('GET', '/api/v1/schema/user/HEAD')).body.version).toBe(3)
    expect((await api('POST', '/api/v1/schema/commit')).body.tasks[0].form).toHaveLength(1)
  })
  it('lets one of two editors win who read the same revision', async () => {
    const { api } = await instanceWithSchema()
    const { body } = await api('POST', MASKS, masks(mask('thing_main', 'thing', ['title'])))
    const answers = await Promise.all([api('POST', MASKS, body), api('POST', MASKS, body)])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400])
  })

  const other = mask('maker_main', 'maker', ['name'], { mask_id: 7 })
  it.each<[string, object[], string, object]>([
    ['two of a name', [mask('main', 'thing', []), mask('main', 'maker', [])], 'SchemaDuplicateMaskName', { name: 'main' }],
    ['a name that is too short', [mask('ab', 'thing', [])], 'InvalidIdentifier', { identifier: 'ab' }],
    ['a name of a synthesised mask', [mask('thing__all_fields', 'thing', [])], 'InvalidIdentifier', { identifier: 'thing__all_fields' }],
    [
      'a mode nobody knows',
      [mask('main', 'thing', { title: { edit: { mode: 'never' } } })],
      'InvalidMaskMode',
      { allowed: 'edit,show,off', field: 'title', mode: 'never' },
    ],
    [
      'a mode of a built-in field',
      [mask('main', 'thing', [], { system_fields: { tags: { output: { mode: 'edit' } } } })],
      'InvalidMaskMode',
      { allowed: 'show,off', field: 'tags', mode: 'edit' },
    ],
    ['a link with a mask that is not there', [mask('main', 'thing', { maker: { mask_id: 99 } })], 'LinkMaskNotFound', { field: 'maker' }],
    [
      'a link with a mask of another type',
      [mask('main', 'thing', { maker: { mask_id: 8 } }, { mask_id: 8 }), other],
      'LinkMaskNotFound',
      { field: 'maker' },
    ],
    [
      'inheritance where there are no parents',
      [mask('main', 'thing', { title: { inheritance: { inherit: true } } })],
      'InheritanceNotSupported',
      { field: 'title' },
    ],
    [
      'no preferred mask',
      [mask('main', 'thing', [], { is_preferred: false })],
      'ObjecttypeMustHaveExtactlyOnePreferredMask',
      { objecttype: 'thing' },
    ],
    [
      'two preferred masks',
      [mask('main', 'thing', []), mask('second', 'thing', [])],
      'ObjecttypeMustHaveExtactlyOnePreferredMask',
      { objecttype: 'thing' },
    ],
    ['a table nobody knows', [mask('main', 'nothing', [])], 'ServerGeneric', {}],
    ['a nested table', [mask('main', 'thing__part', [])], 'ServerGeneric', {}],
    ['a column nobody knows', [mask('main', 'thing', ['nothing'])], 'ServerGeneric', {}],
    [
      'a field twice',
      [mask('main', 'thing', { title: {} }), mask('other', 'maker', { name: {} }, { fields: [maskField('name'), maskField('name')] })],
      'ServerGeneric',
      {},
    ],
  ])('refuses %s', async (_, list, code, parameters) => {
    const { api } = await instanceWithSchema()
    const { status, body } = await api('POST', MASKS, { masks: list })
    expect([status, body.code, body.parameters]).toMatchObject([400, code, parameters])
  })
  it('takes a mask that its own request makes', async () => {
    const { api } = await instanceWithSchema()
    const { status, body } = await api('POST', MASKS, masks(mask('main', 'thing', { maker: { mask_id: 7 } }), other))
    expect([status, body.masks[0].fields[0].mask_id, body.masks[0].mask_id]).toEqual([200, 7, 8])
  })
  it('asks who wants to change them, and for the right', async () => {
    const instance = await instanceWithSchema()
    expect((await instance.api('POST', MASKS, masks(), { token: null })).status).toBe(401)
    await instance.api('POST', '/api/v1/user', [
      { _basetype: 'user', user: { _version: 1, type: 'easydb', login: 'rita' }, _password: 'a long enough password' },
    ])
    expect((await instance.api('POST', MASKS, masks(), { token: await instance.signIn('rita', 'a long enough password') })).status).toBe(403)
  })
})

describe('GET /mask/{version}', () => {
  it('adds column and full name in the long form, and takes them back', async () => {
    const { api } = await instanceWithSchema()
    const part = { ...maskField('thing__part'), mask: { fields: [maskField('what')] } }
    const makerMask = mask('maker_main', 'maker', [], {
      fields: [
        maskField('name'),
        { kind: 'reverse-linked-table', other_table_name_hint: 'letter', other_column_name_hint: 'author', edit: { mode: 'edit' } },
      ],
    })
    await api(
      'POST',
      MASKS,
      masks(mask('thing_main', 'thing', [], { fields: [maskField('title'), { kind: 'splitter', type: 'h1' }, part] }), makerMask),
    )
    const { body } = await api('GET', `${MASKS}?format=long`)
    const [title, splitter, nested] = body.masks[0].fields
    expect([title.full_name, title.column.type, splitter.full_name]).toEqual(['thing.title', 'text_l10n', undefined])
    expect([nested.full_name, nested.mask.fields[0].full_name]).toEqual(['thing._nested:thing__part', 'thing._nested:thing__part.what'])
    expect(body.masks[1].fields[1].full_name).toBe('maker._reverse_nested:letter:author')
    const again = await api('POST', MASKS, body)
    expect([again.status, again.body.masks[0].fields[0].full_name]).toEqual([200, undefined])
  })
  it('refuses versions there are none of', async () => {
    const { api } = await server.instance()
    expect((await api('GET', '/api/v1/mask/9')).body.code).toBe('DatamodelVersionNotFound')
  })
  it('asks who wants to know', async () => {
    const { api } = await server.instance()
    expect((await api('GET', MASKS, undefined, { token: null })).status).toBe(401)
  })
})

describe('GET /mask/{version}/{mask}', () => {
  it('answers the one mask in the same document', async () => {
    const { api } = await instanceWithSchema()
    await api('POST', MASKS, masks(mask('thing_main', 'thing', ['title']), mask('maker_main', 'maker', ['name'])))
    const { body } = await api('GET', `${MASKS}/maker_main`)
    expect([body.masks.map((m: { name: string }) => m.name), body.max_mask_id]).toEqual([['maker_main'], 2])
  })
  it('makes up one with all fields for every object type', async () => {
    const { api } = await instanceWithSchema()
    const { body } = await api('GET', `${MASKS}/_all_fields?format=long`)
    expect(body.masks.map((m: { name: string; table_name_hint: string }) => [m.name, m.table_name_hint])).toEqual([
      ['_all_fields', 'maker'],
      ['_all_fields', 'letter'],
      ['_all_fields', 'thing'],
    ])
    expect(body.masks[2].fields[2].mask.fields[1].full_name).toBe('thing._nested:thing__part.maker')
  })
  it('does not find what is not there', async () => {
    const { api } = await server.instance()
    const { status, body } = await api('GET', `${MASKS}/nothing`)
    expect([status, body.code]).toEqual([404, 'ResourceNotFound'])
  })
  it('refuses versions there are none of', async () => {
    const { api } = await server.instance()
    expect((await api('GET', '/api/v1/mask/9/_all_fields')).status).toBe(400)
  })
  it('asks who wants to know', async () => {
    const { api } = await server.instance()
    expect((await api('GET', `${MASKS}/_all_fields`, undefined, { token: null })).status).toBe(401)
  })
})
