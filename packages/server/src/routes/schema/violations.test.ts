/** What a commit makes of records that break its rules: they stay as they are and are marked until they are in order again. */
import { schema, table } from '@vitrine/testing/datamodels'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

/** For what is done after an answer. */
const PATIENCE = { timeout: 20_000, interval: 50 }
const HEAD = '/api/v1/schema/user/HEAD'
const things = () =>
  schema(
    table('thing', { title: 'text', code: 'string', part: [{ label: 'string', piece: [{ mark: 'string' }] }] }, { has_tags: true }),
    table('other', { code: 'string' }),
  )

// oxlint-disable-next-line no-explicit-any -- documents that a test changes here and there
type Document = any
async function change(at: TestInstance, edit: (document: Document) => void): Promise<void> {
  const { body } = await at.api('GET', HEAD)
  edit(body)
  const saved = await at.api('POST', HEAD, body)
  expect(saved.status, saved.text).toBe(200)
  const done = await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')
  expect(done.status, done.text).toBe(200)
}
async function instance(): Promise<TestInstance> {
  const at = await server.instance()
  expect((await at.api('POST', HEAD, things())).status).toBe(200)
  expect((await at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')).status).toBe(200)
  return at
}
const record = (fields: object, more: object = {}) => ({ _objecttype: 'thing', _mask: '_all_fields', ...more, thing: fields })
async function save(at: TestInstance, ...records: object[]): Promise<number[]> {
  const { status, body, text } = await at.api('POST', '/api/v1/db/thing', records)
  expect(status, text).toBe(200)
  return body.map((saved: Document) => saved._system_object_id)
}
const columnOf = (document: Document, table: string, name: string) =>
  document.tables.find((t: Document) => t.name === table).columns.find((c: Document) => c.name === name)
const tableOf = (document: Document, name: string) => document.tables.find((t: Document) => t.name === name)
const unique = (document: Document, name: string, ...columns: object[]) => (tableOf(document, name).unique_keys = columns.length ? [{ columns }] : [])

async function stored(at: TestInstance): Promise<{ id: number; version: number; tags: string[]; versions: number }[]> {
  return server.database.tenant(at.id).read(
    (sql) => sql`
      select system_id::float8 as id, version, system_tags as tags,
        (select count(*)::int from record_version v where v.instance_id = r.instance_id and v.system_id = r.system_id) as versions
      from record r where instance_id = ${at.id} order by system_id`,
  )
}
const tagsOf = async (at: TestInstance) => (await stored(at)).map(({ tags }) => tags.join())
const marksOf = async (at: TestInstance) => (await server.tenants.find(at.domain))!.datamodels.marks

describe('a commit over records that break its rules', () => {
  it('marks them without a new version, and takes the mark away with the rule', async () => {
    const at = await instance()
    await save(at, record({ title: 'Cup' }), record({ code: 'A' }))
    await change(at, (document) => (columnOf(document, 'thing', 'title').not_null = true))
    expect(await stored(at)).toMatchObject([
      { tags: [], version: 1, versions: 1 },
      { tags: ['CHECK_VIOLATION'], version: 1, versions: 1 },
    ])
    await change(at, (document) => (columnOf(document, 'thing', 'title').not_null = false))
    expect(await tagsOf(at)).toEqual(['', ''])
  })
  it.each([
    ['length', { length_max: 2 }],
    ['regular expression', { check: 'regexp', check_regexp: '^[a-z]+$' }],
    ['e-mail', { check: 'email' }],
  ])('judges by a new %s', async (_, rule) => {
    const at = await instance()
    await save(at, record({ code: 'x@' }), record({ code: 'A-long-1' }), record({ title: 'none' }))
    await change(at, (document) => Object.assign(columnOf(document, 'thing', 'code'), rule))
    const marked = (await tagsOf(at)).map(Boolean)
    expect(marked).toEqual([!('length_max' in rule), true, false])
  })
  it('looks into nested rows of any depth, and for rows that have to be there', async () => {
    const at = await instance()
    await save(
      at,
      record({ '_nested:thing__part': [{ label: 'a', '_nested:thing__part__piece': [{ mark: 'long' }] }] }),
      record({ title: 'no part' }),
    )
    await change(at, (document) => (columnOf(document, 'thing__part__piece', 'mark').length_max = 3))
    expect(await tagsOf(at)).toEqual(['CHECK_VIOLATION', ''])
    await change(at, (document) => {
      columnOf(document, 'thing__part__piece', 'mark').length_max = null
      tableOf(document, 'thing').columns.find((c: Document) => c.kind === 'link').not_null = true
    })
    expect(await tagsOf(at)).toEqual(['', 'CHECK_VIOLATION'])
  })
  it('reads and answers a record that breaks a rule as before, and refuses to save it as it is', async () => {
    const at = await instance()
    const [id] = await save(at, record({ code: 'A' }))
    await change(at, (document) => (columnOf(document, 'thing', 'title').not_null = true))
    const { status, body } = await at.api('GET', `/api/v1/db/thing/_all_fields/system_object_id/${id}`)
    expect([status, body[0].thing.code]).toEqual([200, 'A'])
    const again = await at.api('POST', '/api/v1/db/thing', [record({ _id: body[0].thing._id, _version: 2, code: 'A' })])
    expect([again.status, again.body.code]).toEqual([400, 'SchemaInconsistent'])
  })
  it('marks records without a pool once their type is kept in pools', async () => {
    const at = await instance()
    await save(at, record({ title: 'Cup' }))
    await change(at, (document) => (tableOf(document, 'thing').pool_link = true))
    expect(await tagsOf(at)).toEqual(['CHECK_VIOLATION'])
    await change(at, (document) => (tableOf(document, 'thing').pool_link = false))
    expect(await tagsOf(at)).toEqual([''])
  })
})

describe('a unique key over records that share a value', () => {
  it('marks all of them, and leaves the value to the first', async () => {
    const at = await instance()
    const [first] = await save(at, record({ code: 'A' }), record({ code: 'B' }), record({ code: 'A' }), record({ code: 'A' }))
    await change(at, (document) => unique(document, 'thing', { column_name_hint: 'code' }))
    expect(await tagsOf(at)).toEqual(['UNIQUE_KEY_VIOLATION', '', 'UNIQUE_KEY_VIOLATION', 'UNIQUE_KEY_VIOLATION'])
    const refused = await at.api('POST', '/api/v1/db/thing', [record({ code: 'A' })])
    expect(refused.body).toMatchObject({ code: 'DatabaseUniqueKeyViolation', parameters: { valuelinkedsystemobjectid: first } })
    await change(at, (document) => unique(document, 'thing'))
    expect(await tagsOf(at)).toEqual(['', '', '', ''])
  })
  it('lets the next one hold a value that was given up, and unmarks whoever is alone with it', async () => {
    const at = await instance()
    const [, second] = await save(at, record({ code: 'A' }), record({ code: 'A' }), record({ code: 'A' }))
    await change(at, (document) => unique(document, 'thing', { column_name_hint: 'code' }))
    const shared = 'UNIQUE_KEY_VIOLATION'
    expect((await at.api('POST', '/api/v1/db/thing', [record({ _id: 1, _version: 2, code: 'B' })])).status).toBe(200)
    const holders = () =>
      server.database.tenant(at.id).read((sql) => sql`select from_id::float8 as id from record_unique where instance_id = ${at.id} order by from_id`)
    await vi.waitFor(async () => expect((await holders()).map(({ id }) => id)).toContain(second), PATIENCE)
    expect(await tagsOf(at)).toEqual(['', shared, shared])
    const refused = await at.api('POST', '/api/v1/db/thing', [record({ code: 'A' })])
    expect(refused.body.parameters.valuelinkedsystemobjectid).toBe(second)
    expect((await at.api('DELETE', '/api/v1/db/thing', [[3, 1, null]])).status).toBe(200)
    await vi.waitFor(async () => expect((await tagsOf(at)).slice(0, 2)).toEqual(['', '']), PATIENCE)
  })
  it('keeps the mark of a holder that is saved as it was', async () => {
    const at = await instance()
    await save(at, record({ code: 'A' }), record({ code: 'A' }))
    await change(at, (document) => unique(document, 'thing', { column_name_hint: 'code' }))
    expect((await at.api('POST', '/api/v1/db/thing', [record({ _id: 1, _version: 2, code: 'A', title: 'x' })])).status).toBe(200)
    await vi.waitFor(async () => expect(await tagsOf(at)).toEqual(['UNIQUE_KEY_VIOLATION', 'UNIQUE_KEY_VIOLATION']), PATIENCE)
  })
  it('marks the holder of a value that somebody else is let have too, and both again after a return from the trash', async () => {
    const at = await instance()
    await change(at, (document) => unique(document, 'thing', { column_name_hint: 'code' }))
    await save(at, record({ code: 'A' }))
    const both = ['UNIQUE_KEY_VIOLATION', 'UNIQUE_KEY_VIOLATION']
    expect((await at.api('POST', '/api/v1/db/thing?skip_constraints=true', [record({ code: 'A' })])).status).toBe(200)
    await vi.waitFor(async () => expect(await tagsOf(at)).toEqual(both), PATIENCE)
    expect((await at.api('DELETE', '/api/v1/db/thing', [[1, 1, null]])).status).toBe(200)
    await vi.waitFor(async () => expect((await tagsOf(at))[1]).toBe(''), PATIENCE)
    expect((await at.api('DELETE', '/api/v1/db/thing?delete_policy=undelete', [[1, 2, null]])).status).toBe(200)
    await vi.waitFor(async () => expect(await tagsOf(at)).toEqual(both), PATIENCE)
  })
  it('marks rows of one record and of several, by their own name', async () => {
    const at = await instance()
    const parts = (...labels: string[]) => ({ '_nested:thing__part': labels.map((label) => ({ label })) })
    await save(at, record(parts('a', 'a')), record(parts('b')), record(parts('b', 'c')), record(parts('d')))
    await change(at, (document) => unique(document, 'thing__part', { column_name_hint: 'label' }))
    const nested = 'NESTED_UNIQUE_KEY_VIOLATION'
    expect(await tagsOf(at)).toEqual([nested, nested, nested, ''])
  })
  it('marks the holder on an earlier page of many records', async () => {
    const at = await instance()
    const codes = Array.from({ length: 600 }, (_, i) => record({ code: `C${i % 590}` }))
    await save(at, ...codes)
    await change(at, (document) => unique(document, 'thing', { column_name_hint: 'code' }))
    const marked = (await tagsOf(at)).flatMap((tags, i) => (tags ? [i] : []))
    expect(marked).toEqual([...Array.from({ length: 10 }, (_, i) => i), ...Array.from({ length: 10 }, (_, i) => 590 + i)])
  })
})

describe('a group of tags of which a record may carry one from now on', () => {
  const group = (type: string) => ({
    _basetype: 'taggroup',
    taggroup: { reference: 'state', type },
    _tags: [{ reference: 'new' }, { reference: 'done' }],
  })
  const tag = (reference: string) => ({ 'lookup:_id': { reference } })

  it('marks records that carry several, until the group lets them', async () => {
    const at = await instance()
    const { body: groups } = await at.api('POST', '/api/v1/tags', [group('checkbox')])
    await save(at, record({ title: 'a' }, { _tags: [tag('new'), tag('done')] }), record({ title: 'b' }, { _tags: [tag('done')] }))
    for (const [type, marks] of [
      ['choice', ['TAGS_CHOICE_VIOLATION', '']],
      ['checkbox', ['', '']],
    ] as const) {
      const now = (await at.api('GET', '/api/v1/tags')).body
      expect(now).toHaveLength(groups.length)
      now[0].taggroup.type = type
      for (const held of now[0]._tags) held._version++
      const answer = await at.api('POST', '/api/v1/tags', now)
      expect(answer.status, answer.text).toBe(200)
      expect(await tagsOf(at)).toEqual(marks)
    }
  })
})

describe('judging records', () => {
  it('goes on where a server stopped, and leaves types alone whose rules are the same', async () => {
    const at = await instance()
    await save(at, record({ code: 'A' }))
    const tenant = server.database.tenant(at.id)
    const mark = (tags: string[]) => tenant.write((sql) => sql`update record set system_tags = ${tags}::text[] where instance_id = ${at.id}`)
    await mark(['CHECK_VIOLATION'])
    await change(at, (document) => (columnOf(document, 'other', 'code').not_null = true))
    expect(await tagsOf(at)).toEqual(['CHECK_VIOLATION'])
    const list = [{ tableId: 1, after: 0, only: 'all', wish: 'left behind' }]
    await tenant.write((sql) => sql`update setting set value = ${sql.json({ list })} where instance_id = ${at.id} and name = 'datamodel.unjudged'`)
    await (await marksOf(at)).judge()
    expect(await tagsOf(at)).toEqual([''])
  })
  it('keeps a system tag of somebody else', async () => {
    const at = await instance()
    await save(at, record({ code: 'A' }))
    await server.database.tenant(at.id).write((sql) => sql`update record set system_tags = '{OTHER}' where instance_id = ${at.id}`)
    await change(at, (document) => (columnOf(document, 'thing', 'title').not_null = true))
    expect(await tagsOf(at)).toEqual(['CHECK_VIOLATION,OTHER'])
  })
  it('is not disturbed by saves, commits and other walks at the same time', async () => {
    const at = await instance()
    await save(at, ...Array.from({ length: 300 }, (_, i) => record({ code: `C${i % 150}` })))
    await change(at, (document) => unique(document, 'thing', { column_name_hint: 'code' }))
    const marks = await marksOf(at)
    const thing = (await at.api('GET', '/api/v1/schema/user/CURRENT')).body.tables[0].table_id
    const saves = Array.from({ length: 40 }, (_, i) => at.api('POST', '/api/v1/db/thing', [record({ _id: i + 1, _version: 2, code: `D${i}` })]))
    const walks = Array.from({ length: 4 }, () => marks.recheck([thing], 'all'))
    const commit = change(at, (document) => (columnOf(document, 'thing', 'title').length_max = 5))
    const answers = await Promise.all(saves)
    await Promise.all([...walks, commit])
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    await marks.recheck([thing], 'all')
    const marked = (await tagsOf(at)).flatMap((tags, i) => (tags ? [i] : []))
    const alone = (i: number) => i < 40 || (i >= 150 && i < 190)
    expect(marked).toEqual(Array.from({ length: 300 }, (_, i) => i).filter((i) => !alone(i)))
  })
})
