import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { museum } from '../../testing/museum.ts'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const schema = {
  version: 1,
  type: 'user',
  tables: [
    {
      name: 'picture',
      columns: [
        { kind: 'column', name: 'title', type: 'text_l10n', not_null: false },
        { kind: 'column', name: 'reference', type: 'string', not_null: false },
      ],
      foreign_keys: [],
      unique_keys: [],
      bidirectional: [],
    },
  ],
}
const output = { detail: true, text: true, table: true }
const field = (name: string, order?: number) => ({
  kind: 'field',
  column_name_hint: name,
  edit: { mode: 'edit' },
  output: { ...output, ...(order && { standard: { order } }) },
  search: { expert: true },
})
const masks = {
  masks: [
    { name: 'picture__main', table_name_hint: 'picture', is_preferred: true, system_fields: {}, fields: [field('title', 1), field('reference')] },
  ],
}

/** An instance with pictures in it, numbered from 1. */
async function pictures(count: number) {
  const instance = await server.instance()
  const { api } = instance
  const steps: [string, string, unknown?][] = [
    ['POST', '/api/v1/schema/user/HEAD', schema],
    ['POST', '/api/v1/mask/HEAD', masks],
    ['POST', '/api/v1/schema/commit?confirm=yes&reindex=skip'],
    [
      'POST',
      '/api/v1/db/picture',
      Array.from({ length: count }, (_, i) => ({
        _objecttype: 'picture',
        _mask: 'picture__main',
        picture: { title: { 'en-US': `Picture ${i + 1}` }, reference: `P${i + 1}` },
      })),
    ],
  ]
  for (const [method, path, body] of steps) {
    const answer = await api(method, path, body)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`)
  }
  return instance
}
async function stranger({ api, signIn }: TestInstance): Promise<string> {
  const password = 'correct horse battery'
  await api('POST', '/api/v1/user', [{ _basetype: 'user', user: { login: 'mia' }, _password: password, _system_rights: {} }])
  return signIn('mia', password)
}
const at = (path: string) => `/api/v1/db/picture/picture__main/${path}`

describe('reading one record', () => {
  it('answers 200 with a list of one for each of its ids, in full unless asked otherwise', async () => {
    const { api, domain } = await pictures(1)
    const { body } = await api('GET', at('1'))
    expect(body).toMatchObject([
      { _format: 'full', _standard: { 1: { text: { 'en-US': 'Picture 1' } } }, _changelog: [{ version: 1 }], picture: { _id: 1, reference: 'P1' } },
    ])
    const systemId = body[0]._system_object_id as number
    expect(body[0]._global_object_id).toBe(`${systemId}@${domain}`)
    expect((await api('GET', at(`system_object_id/${systemId}`))).body).toEqual(body)
    for (const place of ['local', domain]) expect((await api('GET', at(`global_object_id/${systemId}@${place}`))).body).toEqual(body)
    expect((await api('GET', at('1?format=short'))).body[0].picture).toEqual({ _id: 1, _version: 1 })
  })

  it('answers 200 with an empty list for what does not exist', async () => {
    const { api } = await pictures(1)
    for (const path of ['99', 'system_object_id/99', 'global_object_id/99@local', '1?version=2'])
      expect(await api('GET', at(path))).toMatchObject({ status: 200, body: [] })
  })

  it('answers old versions, one or all', async () => {
    const { api } = await pictures(1)
    await api('POST', '/api/v1/db/picture', [
      { _objecttype: 'picture', _mask: 'picture__main', picture: { _id: 1, _version: 2, title: { 'en-US': 'Changed' } } },
    ])
    const titles = async (path: string) =>
      (await api('GET', at(path))).body.map((record: { _standard: { 1: { text: unknown } } }) => record._standard['1'].text)
    expect(await titles('1')).toEqual([{ 'en-US': 'Changed' }])
    expect(await titles('1?version=1')).toEqual([{ 'en-US': 'Picture 1' }])
    expect(await titles('1?all_versions=1')).toEqual([{ 'en-US': 'Picture 1' }, { 'en-US': 'Changed' }])
  })
})

describe('the title of a record', () => {
  it('comes from the standard mask that the settings of its type name, at once', async () => {
    const { api } = await pictures(1)
    const short = { ...masks.masks[0], name: 'picture__short', is_preferred: false, fields: [field('reference', 1), field('title')] }
    const stored = (await api('POST', '/api/v1/mask/HEAD', { masks: [...masks.masks, short] })).body
    expect((await api('POST', '/api/v1/schema/commit?reindex=skip&confirm=yes')).status).toBe(200)
    await api('POST', '/api/v1/db/picture', [
      { _objecttype: 'picture', _mask: 'picture__main', picture: { _id: 1, _version: 2, title: { 'en-US': 'A title' }, reference: 'R-1' } },
    ])
    const title = async () => (await api('GET', at('1?format=standard'))).body[0]._standard['1'].text['en-US']
    expect(await title()).toBe('A title')
    const [{ objecttype }] = (await api('GET', '/api/v1/objecttype')).body
    const id = stored.masks.find((mask: { name: string }) => mask.name === 'picture__short').mask_id
    const settings = [{ _basetype: 'objecttype', objecttype: { _id: objecttype._id, _version: objecttype._version + 1 }, _standard_masks: [id] }]
    expect((await api('POST', '/api/v1/objecttype', settings)).status).toBe(200)
    expect(await title()).toBe('R-1')
  })
})

describe('paging', () => {
  it('answers 200 with records by ascending id until an empty page', async () => {
    const { api } = await pictures(5)
    const ids = async (query: string) =>
      (await api('GET', at(`list?format=short&${query}`))).body.map((record: { picture: { _id: number } }) => record.picture._id)
    expect(await ids('')).toEqual([1, 2, 3, 4, 5])
    expect(await ids('limit=2&offset=2')).toEqual([3, 4])
    expect(await ids('offset=5')).toEqual([])
  })

  it('shows a changed record at once, and a deleted one no more', async () => {
    const { api } = await pictures(3)
    const list = async () =>
      (await api('GET', at('list?format=long'))).body.map((record: { picture: { reference: string } }) => record.picture.reference)
    expect(await list()).toEqual(['P1', 'P2', 'P3'])
    await api('POST', '/api/v1/db/picture', [{ _objecttype: 'picture', _mask: 'picture__main', picture: { _id: 2, _version: 2, reference: 'new' } }])
    expect(await list()).toEqual(['P1', 'new', 'P3'])
    await api('DELETE', '/api/v1/db/picture', [[1, 1, null]])
    expect(await list()).toEqual(['new', 'P3'])
  })
})

describe.each(['1', 'system_object_id/1', 'global_object_id/1@local', 'list'])('GET %s', (path) => {
  it('answers 400 for an unknown type or mask, a malformed query and what is not supported', async () => {
    const { api } = await pictures(1)
    const refused = async (url: string) => {
      const { status, body } = await api('GET', url)
      return [status, body.code]
    }
    expect(await refused(`/api/v1/db/nothing/picture__main/${path}`)).toEqual([400, 'UnknownObjecttype'])
    expect(await refused(`/api/v1/db/picture/nothing/${path}`)).toEqual([400, 'UnknownObjecttype'])
    expect(await refused(at(`${path}?format=tiny`))).toEqual([400, 'ServerGeneric'])
    expect(await refused(at(`${path}?all_versions=perhaps`))).toEqual([400, 'ServerGeneric'])
  })

  it('answers 401 to strangers and 403 to people without rights', async () => {
    const instance = await pictures(1)
    const mia = await stranger(instance)
    expect(await instance.api('GET', at(path), undefined, { token: null })).toMatchObject({ status: 401, body: { code: 'UserRequired' } })
    // A list leaves out what may not be read.
    const refused = { status: 403, body: { code: 'ObjectInsufficientRights', parameters: { right: 'read', objecttype: 'picture' } } }
    expect(await instance.api('GET', at(path), undefined, { token: mia })).toMatchObject(path === 'list' ? { status: 200, body: [] } : refused)
    const all = await instance.api('GET', `/api/v1/db/picture/_all_fields/${path}`, undefined, { token: mia })
    expect(all).toMatchObject({ status: 403, body: { code: 'SystemRightRequired' } })
  })
})

describe('an unknown mask', () => {
  it('400: says of an unknown mask whose it would have been', async () => {
    const { api } = await museum(server)
    const { body } = await api('GET', '/api/v1/db/work/nothing/1')
    expect([body.code, body.error]).toEqual(['UnknownObjecttype', 'There is no object type work, mask nothing.'])
  })
})
