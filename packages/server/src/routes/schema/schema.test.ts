import { mask, masks, schema, table } from '@vitrine/testing/datamodels'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

const HEAD = '/api/v1/schema/user/HEAD'
const COMMIT = '/api/v1/schema/commit'
const things = () =>
  schema(
    table('maker', { name: 'text_oneline!' }),
    table('thing', { title: 'text_l10n', number: 'string', maker: '-> maker', part: [{ what: 'text' }] }, { unique: [['number']] }),
  )

async function committed({ api }: TestInstance, document: object = things()) {
  expect((await api('POST', HEAD, document)).status).toBe(200)
  expect((await api('POST', `${COMMIT}?confirm=yes&reindex=skip`)).status).toBe(200)
}
const save = ({ api }: TestInstance, objecttype: string, fields: object) =>
  api('POST', `/api/v1/db/${objecttype}`, [{ _objecttype: objecttype, _mask: '_all_fields', [objecttype]: fields }])

describe('GET /schema/user/{version}', () => {
  it('answers an empty committed version 1 for a new instance, whatever it is called', async () => {
    const { api } = await server.instance()
    for (const label of ['HEAD', 'CURRENT', '1']) {
      const { status, body } = await api('GET', `/api/v1/schema/user/${label}`)
      expect([status, body.version, body.tables]).toEqual([200, 1, []])
      expect(body.committed_at).toMatch(/^\d{4}-/)
    }
  })
  it('refuses versions there are none of, also absurd ones', async () => {
    const { api } = await server.instance()
    for (const version of ['2', '99999999999999']) {
      const { status, body } = await api('GET', `/api/v1/schema/user/${version}`)
      expect([status, body.code, body.parameters.version]).toEqual([400, 'DatamodelVersionNotFound', version])
    }
  })
  it('does not show the working copy by its number', async () => {
    const { api } = await server.instance()
    await api('POST', HEAD, things())
    expect((await api('GET', '/api/v1/schema/user/2')).body.code).toBe('DatamodelVersionNotFound')
    expect((await api('GET', '/api/v1/schema/user/CURRENT')).body.version).toBe(1)
  })
  it('draws the schema, always the same way', async () => {
    const { api, domain } = await server.instance()
    await api('POST', HEAD, things())
    const first = await api('GET', `${HEAD}?format=svg`)
    expect(first.headers.get('content-disposition')).toBe(`inline; filename="fylr-schema-${domain}-HEAD-v2.svg"`)
    expect(first.text).toContain('thing__part')
    expect((await api('GET', `${HEAD}?format=svg`)).text).toBe(first.text)
  })
  it('does not paint it', async () => {
    const { api } = await server.instance()
    expect((await api('GET', `${HEAD}?format=png`)).body.code).toBe('UrlParameterNotSupported')
  })
  it('asks who wants to know', async () => {
    const { api } = await server.instance()
    expect((await api('GET', HEAD, undefined, { token: null })).status).toBe(401)
  })
})

describe('POST /schema/user/HEAD', () => {
  it('answers the document with ids, and keeps it as the working copy', async () => {
    const { api } = await server.instance()
    const { status, body } = await api('POST', HEAD, things())
    expect([status, body.version, body.based_on_version, body.max_table_id, body.max_column_id, body.committed_at]).toEqual([200, 2, 1, 3, 5, null])
    expect((await api('GET', HEAD)).body).toEqual(body)
  })
  it('takes back what was read', async () => {
    const { api } = await server.instance()
    await api('POST', HEAD, things())
    const { body } = await api('GET', HEAD)
    const again = await api('POST', HEAD, body)
    expect(again.body).toEqual({ ...body, revision: body.revision + 1 })
  })
  it('lets one of two editors win who read the same revision', async () => {
    const { api } = await server.instance()
    const { body } = await api('POST', HEAD, things())
    const answers = await Promise.all([api('POST', HEAD, body), api('POST', HEAD, body)])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400])
    expect(answers.find(({ status }) => status === 400)?.body.parameters.msg).toContain('somebody else')
  })
  it('makes one working copy of two first writes', async () => {
    const { api } = await server.instance()
    const answers = await Promise.all([api('POST', HEAD, things()), api('POST', HEAD, things())])
    expect(answers.map(({ body }) => body.version)).toEqual([2, 2])
  })
  it('refuses a document with the code for what is wrong', async () => {
    const { api } = await server.instance()
    const { status, body } = await api('POST', HEAD, schema(table('thing', { field: 'varchar' })))
    expect([status, body.code, body.parameters.type]).toEqual([400, 'UnknownColumnType', 'varchar'])
  })
  it('is closed to those who are not signed in, and to those without the right', async () => {
    const instance = await server.instance()
    expect((await instance.api('POST', HEAD, things(), { token: null })).status).toBe(401)
    const user = { _basetype: 'user', user: { _version: 1, type: 'easydb', login: 'rita' }, _password: 'a long enough password' }
    const made = await instance.api('POST', '/api/v1/user', [user])
    expect(made.status).toBe(200)
    const { status, body } = await instance.api('POST', HEAD, things(), { token: await instance.signIn('rita', 'a long enough password') })
    expect([status, body.code]).toEqual([403, 'SystemRightRequired'])
  })
  it('moves labels and mask fields along with a renamed column', async () => {
    const { api } = await server.instance()
    const { body } = await api('POST', HEAD, things())
    await api('POST', '/api/v1/mask/HEAD', masks(mask('thing_main', 'thing', ['title', 'number'])))
    await api('POST', '/api/v1/l10n/user/HEAD', { 'schema.thing.column.number': { 'de-DE': 'Nummer' } })
    body.tables[1].columns[1].name = 'code'
    body.tables[1].columns.shift()
    body.tables[1].unique_keys = []
    delete body.revision
    const answer = await api('POST', HEAD, body)
    expect(answer.body.tables[1].columns[0]).toMatchObject({ name: 'code', name_localized: { 'de-DE': 'Nummer' } })
    const { body: kept } = await api('GET', '/api/v1/mask/HEAD')
    expect(kept.masks[0].fields.map((f: { column_name_hint: string }) => f.column_name_hint)).toEqual(['code'])
  })
})

describe('POST /schema/commit', () => {
  it('asks about the search index and for a confirmation, then commits', async () => {
    const { api } = await server.instance()
    await api('POST', HEAD, things())
    const asked = await api('POST', COMMIT)
    expect([asked.status, asked.body.tasks[0].form[0].name, asked.body.tasks[0].buttons[0]]).toEqual([
      202,
      'reindex',
      { text: 'Commit', name: 'confirm', value: 'yes' },
    ])
    const decided = await api('POST', `${COMMIT}?reindex=reindex`)
    expect([decided.status, decided.body.tasks[0].form]).toEqual([202, undefined])
    expect((await api('POST', `${COMMIT}?confirm=yes`)).status).toBe(202)
    const done = await api('POST', `${COMMIT}?reindex=reindex_block&confirm=yes`)
    expect([done.status, done.body]).toEqual([200, { status: 'ok' }])
    expect((await api('GET', '/api/v1/schema/user/CURRENT')).body).toMatchObject({ version: 2, based_on_version: 1 })
  })
  it('asks for a confirmation only where nothing changes but a constraint', async () => {
    const instance = await server.instance()
    await committed(instance)
    const { body } = await instance.api('GET', HEAD)
    body.tables[0].columns[0].length_max = 20
    await instance.api('POST', HEAD, body)
    const { status, body: dialogue } = await instance.api('POST', COMMIT)
    expect([status, dialogue.tasks[0].form]).toEqual([202, undefined])
    expect((await instance.api('POST', `${COMMIT}?confirm=yes`)).status).toBe(200)
  })
  it('lets one of two commits win', async () => {
    const { api } = await server.instance()
    await api('POST', HEAD, things())
    const answers = await Promise.all([1, 2, 3].map(() => api('POST', `${COMMIT}?reindex=skip&confirm=yes`)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400])
    expect((await api('GET', '/api/v1/schema/user/CURRENT')).body.version).toBe(2)
  })
  it('loses no edit that arrives together with it', async () => {
    const { api } = await server.instance()
    const { body } = await api('POST', HEAD, things())
    const edited = { ...body, comment: 'edited' }
    const [commit, edit] = await Promise.all([api('POST', `${COMMIT}?reindex=skip&confirm=yes`), api('POST', HEAD, edited)])
    expect([commit.status, edit.status]).toEqual([200, 200])
    expect((await api('GET', HEAD)).body.comment).toBe('edited')
  })
  it('keeps old versions readable', async () => {
    const instance = await server.instance()
    await committed(instance)
    await committed(instance, { ...(await instance.api('GET', HEAD)).body, comment: 'third' })
    expect((await instance.api('GET', '/api/v1/schema/user/2')).body.comment).toBeUndefined()
    expect((await instance.api('GET', '/api/v1/schema/user/3')).body.comment).toBe('third')
  })
  it('asks who commits', async () => {
    const { api } = await server.instance()
    expect((await api('POST', COMMIT, undefined, { token: null })).status).toBe(401)
  })
})

describe('what the records say', () => {
  const without = (
    document: { tables: { name: string; foreign_keys: unknown[]; columns: { name: string; type: string }[] }[] },
    ...names: string[]
  ) => ({
    ...document,
    tables: document.tables.filter((t) => !names.includes(t.name)),
  })

  it('refuses to remove an object type that has records', async () => {
    const instance = await server.instance()
    await committed(instance)
    expect((await save(instance, 'thing', { number: 'A1' })).status).toBe(200)
    const { body: current } = await instance.api('GET', HEAD)
    const { status, body } = await instance.api('POST', HEAD, without(current, 'thing', 'thing__part'))
    expect([status, body.code, body.parameters.stats]).toEqual([400, 'ObjecttypeNotEmpty', { thing: { objects: 1, deleted: 0 } }])
  })
  it('refuses the commit when the record came after the removal', async () => {
    const instance = await server.instance()
    await committed(instance)
    const { body: current } = await instance.api('GET', HEAD)
    expect((await instance.api('POST', HEAD, without(current, 'thing', 'thing__part'))).status).toBe(200)
    await save(instance, 'thing', { number: 'A1' })
    expect((await instance.api('POST', `${COMMIT}?reindex=skip&confirm=yes`)).body.code).toBe('ObjecttypeNotEmpty')
  })
  it('never ends with records of an object type that is gone', async () => {
    const instance = await server.instance()
    await committed(instance)
    const { body: current } = await instance.api('GET', HEAD)
    await instance.api('POST', HEAD, without(current, 'thing', 'thing__part'))
    const [commit, ...saves] = await Promise.all([
      instance.api('POST', `${COMMIT}?reindex=skip&confirm=yes`),
      ...Array.from({ length: 8 }, (_, i) => save(instance, 'thing', { number: `A${i}` })),
    ])
    const saved = saves.some(({ status }) => status === 200)
    expect(commit.status).toBe(saved ? 400 : 200)
  })
  it('refuses a type that the stored values do not have, in nested rows as well', async () => {
    const instance = await server.instance()
    await committed(instance)
    await save(instance, 'thing', { number: 'A1', '_nested:thing__part': [{ what: 'lid' }] })
    for (const [name, column] of [
      ['thing', 1],
      ['thing__part', 0],
    ] as const) {
      const { body: current } = await instance.api('GET', HEAD)
      const changed = current.tables.find((t: { name: string }) => t.name === name).columns[column]
      const current_type = changed.type
      changed.type = 'boolean'
      current.tables.forEach((t: { unique_keys: unknown[] }) => (t.unique_keys = []))
      const { body } = await instance.api('POST', HEAD, current)
      expect([body.code, body.parameters]).toMatchObject([
        'TypeChangeUnsupported',
        { column: `${name}.${changed.name}`, current: current_type, head: 'boolean' },
      ])
    }
  })
  it('lets a type change that the values can follow, and any where there are none', async () => {
    const instance = await server.instance()
    await committed(instance)
    await save(instance, 'thing', { number: 'A1' })
    const { body: current } = await instance.api('GET', HEAD)
    current.tables[1].columns[1].type = 'text'
    current.tables[0].columns[0].type = 'boolean'
    expect((await instance.api('POST', HEAD, current)).status).toBe(200)
  })
  it('makes a unique key hold for the records there are', async () => {
    const instance = await server.instance()
    const { tables, ...rest } = things()
    await committed(instance, { ...rest, tables: tables.map((t) => ({ ...t, unique_keys: [] })) })
    await save(instance, 'thing', { number: 'A1' })
    const { body: current } = await instance.api('GET', HEAD)
    current.tables[1].unique_keys = [{ columns: [{ column_name_hint: 'number' }] }]
    await instance.api('POST', HEAD, current)
    expect((await instance.api('POST', `${COMMIT}?confirm=yes`)).status).toBe(200)
    expect((await save(instance, 'thing', { number: 'A1' })).status).toBe(400)
    expect((await save(instance, 'thing', { number: 'A2' })).status).toBe(200)
  })
})
