import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
      name: 'place',
      table_id: 1,
      is_hierarchical: true,
      columns: [{ kind: 'column', name: 'name', type: 'text', column_id: 1 }],
      unique_keys: [{ columns: [{ column_id: 1 }, { auto_column_parent: true }] }],
    },
    {
      name: 'picture',
      table_id: 2,
      has_tags: true,
      columns: [
        { kind: 'column', name: 'reference', type: 'string', column_id: 2, length_max: 5 },
        { kind: 'column', name: 'title', type: 'text_l10n', column_id: 3 },
        { kind: 'column', name: 'year', type: 'number', column_id: 4 },
        { kind: 'column', name: 'place', type: 'link', column_id: 5 },
      ],
      unique_keys: [{ columns: [{ column_id: 2 }] }],
      foreign_keys: [
        {
          name: 'picture__place__place_fkey',
          on_delete: 'restrict',
          on_update: 'cascade',
          columns: [{ column_id: 5 }],
          referenced_table: { table_id: 1, columns: [{ auto_column_primary_key: true }] },
        },
      ],
    },
    { name: 'pooled', table_id: 3, pool_link: true, columns: [{ kind: 'column', name: 'name', type: 'text', column_id: 6 }] },
  ],
}

async function collection(): Promise<TestInstance> {
  const at = await server.instance()
  const head = await at.api('POST', '/api/v1/schema/user/HEAD', schema)
  expect([head.status, head.text]).toEqual([200, head.text])
  const commit = await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')
  expect([commit.status, commit.text]).toEqual([200, commit.text])
  return at
}

const record = (type: string, block: object, envelope: object = {}) => ({ _objecttype: type, _mask: '_all_fields', ...envelope, [type]: block })
const picture = (block: object) => record('picture', block)

describe('POST /db/{objecttype}', () => {
  it('200: stores records and answers them in the format asked for', async () => {
    const at = await collection()
    const place = await at.api('POST', '/api/v1/db/place', [record('place', { name: 'Hamburg' })])
    expect(place.status).toBe(200)
    expect(place.body[0]).toMatchObject({ _format: 'standard', _objecttype: 'place', place: { _id: 1, _version: 1 } })
    const saved = await at.api('POST', '/api/v1/db/picture?format=long', [
      picture({ reference: 'a', title: { 'en-US': 'Harbour' }, year: 1890, place: record('place', { 'lookup:_id': { name: 'Hamburg' } }) }),
    ])
    expect(saved.body[0].picture).toMatchObject({
      reference: 'a',
      title: { 'en-US': 'Harbour' },
      year: 1890,
      place: { _objecttype: 'place', place: { _id: 1 } },
    })
    const changed = await at.api('POST', '/api/v1/db/picture?format=long', [picture({ _id: saved.body[0].picture._id, _version: 2, reference: 'b' })])
    expect(changed.body[0].picture).toMatchObject({ _version: 2, reference: 'b' })
    expect(changed.body[0].picture).not.toHaveProperty('year')
  })

  it('200: stores nothing in a dry run', async () => {
    const at = await collection()
    const dry = await at.api('POST', '/api/v1/db/picture?dry_run=1', [picture({ reference: 'a' })])
    expect(dry.status).toBe(200)
    expect(dry.body[0]).not.toHaveProperty('_system_object_id')
    expect((await at.api('GET', '/api/v1/db/picture/_all_fields/list')).body).toEqual([])
  })

  it.each<[string, string, object]>([
    ['UnknownObjecttype', 'nothing', record('nothing', {})],
    ['UnknownObjecttype', 'picture', { ...picture({}), _mask: 'nothing' }],
    ['ObjecttypeHasPoolManagement', 'pooled', record('pooled', { name: 'x' })],
    ['LookupNotFound', 'picture', picture({ place: record('place', { 'lookup:_id': { name: 'Atlantis' } }) })],
    ['SchemaInconsistent', 'picture', picture({ nothing: 1 })],
    ['SchemaInconsistent', 'picture', picture({ reference: '123456' })],
    ['VersionMismatch', 'picture', picture({ _version: 2 })],
    ['NumberOutOfRange', 'picture', picture({ year: 2 ** 53 })],
    ['RecordUnmarshalJson', 'picture', picture({ year: '1890' })],
  ])('400 %s: %s', async (code, type, body) => {
    const at = await collection()
    const answer = await at.api('POST', `/api/v1/db/${type}`, [body])
    expect([answer.status, answer.body.code]).toEqual([400, code])
  })

  it('400 DatabaseUniqueKeyViolation: names the record that holds the value', async () => {
    const at = await collection()
    const [held] = (await at.api('POST', '/api/v1/db/picture', [picture({ reference: 'a' })])).body
    const answer = await at.api('POST', '/api/v1/db/picture', [picture({ reference: 'a' })])
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: 'DatabaseUniqueKeyViolation', parameters: { valuelinkedsystemobjectid: held._system_object_id } })
  })

  it('400 LookupFoundTooMany', async () => {
    const at = await collection()
    await at.api('POST', '/api/v1/db/place', [record('place', { _id: 1, name: 'a' }), record('place', { name: 'b', _id_parent: 1 })])
    await at.api('POST', '/api/v1/db/place', [record('place', { name: 'b' })])
    const answer = await at.api('POST', '/api/v1/db/picture', [picture({ place: record('place', { 'lookup:_id': { name: 'b' } }) })])
    expect(answer.body).toMatchObject({ code: 'LookupFoundTooMany', parameters: { count: 2, value: 'b' } })
  })

  it('400 for what the document does not describe, such as a nesting bomb', async () => {
    const at = await collection()
    const bomb = `[{"_objecttype":"picture","_mask":"_all_fields","picture":{"title":${'['.repeat(5000)}${']'.repeat(5000)}}}]`
    expect((await at.api('POST', '/api/v1/db/picture', bomb)).status).toBe(400)
    expect((await at.api('POST', '/api/v1/db/picture', [picture({ title: { 'en-US': 'a\u0000' } })])).status).toBe(400)
  })

  it('401 without a caller', async () => {
    const at = await collection()
    expect((await at.api('POST', '/api/v1/db/picture', [picture({})], { token: null })).status).toBe(401)
  })

  it('403 for a caller who does not hold the record', async () => {
    const at = await collection()
    const user = { _basetype: 'user', user: { login: 'ada' }, _password: 'a long enough password' }
    expect((await at.api('POST', '/api/v1/user', [user])).status).toBe(200)
    const token = await at.signIn('ada', 'a long enough password')
    const answer = await at.api('POST', '/api/v1/db/picture', [picture({})], { token })
    expect([answer.status, answer.body.code, answer.body.parameters.right]).toEqual([403, 'ObjectInsufficientRights', 'create'])
    const skip = await at.api('POST', '/api/v1/db/picture?skip_events=1', [picture({})], { token })
    expect([skip.status, skip.body.code]).toEqual([403, 'SystemRightRequired'])
  })
})
