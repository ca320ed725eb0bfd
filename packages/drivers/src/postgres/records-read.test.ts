import { RecordDeleter } from '@vitrine/domain/objects/delete'
import { AccessService } from '@vitrine/domain/access/access-service'
import { StandardMasks } from '@vitrine/domain/objecttypes/standard-masks'
import { RecordReader, type ReadRequest } from '@vitrine/domain/objects/read-records'
import { saverPorts, textOf } from './records-write.harness.ts'
import { RecordSaver, type SaveOptions } from '@vitrine/domain/objects/save'
import { isDomainError } from '@vitrine/domain/errors'
import type { Datamodel } from '@vitrine/domain/datamodel/model'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresAccessRules } from './access-rules.ts'
import { PostgresRecordsRead } from './records-read.ts'
import { readingDatamodel } from './records-read.fixture.ts'
import { NO_WISH, rootCaller, unsigned } from './records-write.fixture.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

// oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into by value; their types are the contract's business
type Json = Record<string, any>

async function instance() {
  const tenant = db.instance()
  const id = tenant.instanceId
  await tenant.write(async (sql) => {
    await sql`insert into datamodel_version (instance_id, version, based_on, committed_at, schema, masks, translations) values (${id}, 1, 0, now(), '{}', '{}', '{}')`
    await sql`insert into app_user (instance_id, id, version, type, login, data, system_rights) values (${id}, 1, 1, 'system', 'root', '{"displayname":"Root"}', '{}')`
    await sql`insert into tag_group (instance_id, id, position, type, data) values (${id}, 1, 1, 'checkbox', '{}')`
    await sql`insert into tag (instance_id, id, group_id, version, position, data) values (${id}, 1, 1, 1, 2, '{"displayname":{"en-US":"later"}}'), (${id}, 2, 1, 1, 1, '{"displayname":{"en-US":"first"}}')`
    await sql`insert into pool (instance_id, id, version, data) values (${id}, 1, 1, '{}'), (${id}, 7, 1, '{"name":{"en-US":"Harbour archive"}}')`
    await sql`update pool set parent_id = 1 where instance_id = ${id} and id = 7`
  })
  const versions = new Map<number, Datamodel>([[1, readingDatamodel(1)]])
  /** What fetching a datamodel costs. */
  const before = { fetch: () => Promise.resolve() }
  const datamodels = {
    committed: async (version: number) => {
      await before.fetch()
      return versions.get(version) as Datamodel
    },
    currentVersion: () => Promise.resolve(Math.max(...versions.keys())),
  }
  const caller = () => rootCaller({ datamodelVersion: Math.max(...versions.keys()) })
  const reader = new RecordReader({
    store: new PostgresRecordsRead(tenant),
    datamodels,
    standardMasks: new StandardMasks({ all: async () => [] }, { all: async () => [] }),
    access: new AccessService({ rules: new PostgresAccessRules(tenant), datamodels, clock: () => new Date() }),
    instanceId: id,
    databaseName: 'museum.test',
    languages: ['en-US', 'de-DE'],
    files: unsigned,
  })
  const saver = new RecordSaver({ ...saverPorts(tenant, reader), datamodels })
  const deleter = new RecordDeleter({ ...saverPorts(tenant, reader), datamodels })
  const request = (objecttype: string, more: Partial<ReadRequest> = {}): ReadRequest => ({
    caller: caller(),
    objecttype,
    mask: `${objecttype}__main`,
    format: 'long',
    allVersions: false,
    latestLinked: false,
    version: null,
    skipReverseNested: false,
    merge: { mode: 'none', maxDepth: null },
    files: NO_WISH,
    ...more,
  })
  return {
    id,
    tenant,
    versions,
    before,
    reader,
    request,
    async save(type: string, records: Json[], options: Partial<SaveOptions> = {}): Promise<Json[]> {
      const bodies = records.map(({ _mask = '_all_fields', _tags, _comment, _system_object_id, ...block }) => ({
        _objecttype: type,
        _mask,
        ...(_tags && { _tags }),
        ...(_comment && { _comment }),
        [type]: block,
      }))
      return JSON.parse(
        textOf(
          await saver.save(
            type,
            bodies,
            { format: 'long', files: NO_WISH, dryRun: false, skipConstraints: false, skipReverseNested: false, ...options },
            caller(),
          ),
        ),
      ) as Json[]
    },
    remove: (type: string, items: [number, number, string | null][]) => deleter.delete(type, items, caller()),
    read: async (type: string, objectId: number, more: Partial<ReadRequest> = {}) =>
      JSON.parse(await reader.read(request(type, more), { objectId })) as Json[],
    list: async (type: string, more: Partial<ReadRequest> = {}, limit = 1000, offset = 0) =>
      JSON.parse(await reader.list(request(type, more), { limit, offset })) as Json[],
  }
}

const to = (type: string, id: number): Json => ({ _objecttype: type, _mask: '_all_fields', [type]: { _id: id } })
const text = (record: Json | undefined, slot = '1', language = 'en-US') => record?._standard?.[slot]?.text?.[language]
async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run
  } catch (error) {
    if (isDomainError(error)) return error.code
    throw error
  }
  return 'none'
}

describe('addressing', () => {
  it('finds a record by its id, its system id and its global id, and answers nothing for what does not exist', async () => {
    const { save, reader, request, id } = await instance()
    await save('person', [{ name: 'Other' }])
    const [made] = await save('artwork', [{ accession: 'A1' }])
    const ids = async (answer: Promise<string>) => (JSON.parse(await answer) as Json[]).map((record) => record._system_object_id)
    const systemId = made?._system_object_id as number
    expect(made).toMatchObject({ _global_object_id: `${systemId}@museum.test`, artwork: { _id: 1, _version: 1 } })
    expect(await ids(reader.read(request('artwork'), { objectId: 1 }))).toEqual([systemId])
    expect(await ids(reader.read(request('artwork'), { systemId }))).toEqual([systemId])
    for (const place of ['local', 'museum.test', id])
      expect(await ids(reader.readGlobal(request('artwork'), `${systemId}@${place}`))).toEqual([systemId])
    expect(await ids(reader.readGlobal(request('artwork'), `${systemId}@elsewhere`))).toEqual([])
    expect(await ids(reader.read(request('artwork'), { objectId: 99 }))).toEqual([])
    expect(await ids(reader.read(request('artwork'), { objectId: 1e300 }))).toEqual([])
    expect(await ids(reader.read(request('person'), { systemId }))).toEqual([])
  })

  it('refuses unknown types and masks, and whoever lacks the right', async () => {
    const { reader, request, save } = await instance()
    await save('artwork', [{ accession: 'A1' }])
    const nobody = rootCaller({ userId: 2, systemRights: {}, root: false })
    const read = (type: string, more: Partial<ReadRequest>) => codeOf(reader.read(request(type, more), { objectId: 1 }))
    expect(await read('nothing', {})).toBe('UnknownObjecttype')
    expect(await read('artwork__persons', {})).toBe('UnknownObjecttype')
    expect(await read('artwork', { mask: 'nothing' })).toBe('UnknownObjecttype')
    expect(await read('artwork', { caller: nobody })).toBe('ObjectInsufficientRights')
    expect(await read('artwork', { caller: nobody, mask: 'artwork__all_fields' })).toBe('SystemRightRequired')
  })

  it('pages by ascending id and leaves deleted records out', async () => {
    const { save, list, remove, read } = await instance()
    await save(
      'person',
      ['Ann', 'Bob', 'Cid', 'Dee'].map((name) => ({ name })),
    )
    await remove('person', [[2, 1, null]])
    const names = (records: Json[]) => records.map((record) => record.person.name)
    expect(names(await list('person'))).toEqual(['Ann', 'Cid', 'Dee'])
    expect(names(await list('person', {}, 1, 1))).toEqual(['Cid'])
    expect(await list('person', {}, 10, 3)).toEqual([])
    expect(await read('person', 2)).toEqual([])
  })
})

describe('formats', () => {
  it('hold what the table of formats promises', async () => {
    const { save, read } = await instance()
    const [person] = await save('person', [{ name: 'Ann', code: 'x' }])
    await save('artwork', [
      {
        accession: 'A1',
        title: { 'en-US': 'Old harbour' },
        '_nested:artwork__persons': [{ role: 'painter', person: to('person', person?.person._id) }],
        _tags: [{ _id: 1 }, { _id: 2 }],
      },
    ])
    const short = ['_objecttype', '_mask', '_format', '_system_object_id', '_global_object_id', '_uuid', '_last_modified', '_tags', 'artwork']
    const system = ['_created', '_latest_version', '_generated_rights', '_collections', '_create_user', '_owner']
    const shape = async (format: ReadRequest['format']) => {
      const [record] = await read('artwork', 1, { format })
      return [Object.keys(record ?? {}).sort(), Object.keys(record?.artwork ?? {}).sort()]
    }
    const fields = ['_id', '_nested:artwork__persons', '_version', 'accession', 'title']
    expect(await shape('short')).toEqual([short.toSorted(), ['_id', '_version']])
    expect(await shape('standard')).toEqual([[...short, '_standard'].sort(), ['_id', '_version']])
    expect(await shape('standard_extended')).toEqual([
      [...short, '_standard', '_objecttype_display_name', '_mask_display_name', '_values'].sort(),
      ['_id', '_version'],
    ])
    expect(await shape('long')).toEqual([[...short, '_standard', ...system].sort(), fields])
    expect(await shape('long_inheritance')).toEqual([[...short, '_standard', ...system].sort(), fields])
    expect(await shape('full')).toEqual([
      [...short, '_standard', '_changelog', ...system, '_system_tags', '_published', '_published_count'].sort(),
      [...fields, 'place', 'related', 'year'].sort(),
    ])
    expect(await shape('full_inheritance')).toEqual(await shape('full'))
  })

  it('write fields the same whether the database or the server writes them', async () => {
    const { save, read } = await instance()
    const body = { accession: 'A"\\1', title: { 'en-US': 'Härbour\n<b>', 'de-DE': '' }, year: -3 }
    const [dry] = await save('artwork', [body], { dryRun: true })
    const [stored] = await save('artwork', [body])
    expect(dry?._system_object_id).toBeUndefined()
    expect({ ...dry?.artwork, _id: 1 }).toEqual(stored?.artwork)
    expect((await read('artwork', 1, { format: 'long_inheritance' }))[0]?.artwork).toEqual(stored?.artwork)
    expect(stored?.artwork).toMatchObject({ accession: 'A"\\1', year: -3 })
  })

  it('sort tags by their place and name them only in the extended format', async () => {
    const { save, read } = await instance()
    await save('artwork', [{ accession: 'A1', _tags: [{ _id: 1 }, { _id: 2 }] }])
    expect((await read('artwork', 1))[0]?._tags).toEqual([{ _id: 2 }, { _id: 1 }])
    expect((await read('artwork', 1, { format: 'standard_extended' }))[0]?._tags).toEqual([
      { _id: 2, displayname: { 'en-US': 'first' } },
      { _id: 1, displayname: { 'en-US': 'later' } },
    ])
  })

  it('list values for readers who do not know the datamodel', async () => {
    const { save, read } = await instance()
    await save('artwork', [{ accession: 'A1', title: { 'en-US': 'Old harbour' }, year: 1890, '_nested:artwork__persons': [{ role: 'painter' }] }])
    const [record] = await read('artwork', 1, { format: 'standard_extended' })
    expect(record?._values.map((entry: Json) => [entry.api_name, entry.type, entry[entry.type]])).toEqual([
      ['accession', 'text', 'A1'],
      ['title', 'text_loca', { 'en-US': 'Old harbour' }],
      ['year', 'number', { number: 1890, print: '1890' }],
      ['artwork__persons', 'nested', [{ _values: [{ api_name: 'role', display_name: { 'en-US': 'role' }, type: 'text', text: 'painter' }] }]],
    ])
  })

  it('show only what the mask shows', async () => {
    const { save, read } = await instance()
    await save('artwork', [{ accession: 'secret', title: { 'en-US': 'Open' }, _tags: [{ _id: 1 }] }])
    const [record] = await read('artwork', 1, { mask: 'artwork__narrow', format: 'full' })
    expect(record?.artwork).toEqual({ _id: 1, _version: 1, title: { 'en-US': 'Open' } })
    expect(Object.keys(record ?? {})).not.toEqual(expect.arrayContaining(['_tags']))
    expect(record?._owner).toBeUndefined()
    expect(record?._create_user).toBeUndefined()
  })
})

describe('the standard', () => {
  it('joins fields, nested rows and targets of links, per language', async () => {
    const { save, read } = await instance()
    await save('person', [{ name: 'Ann' }, { name: 'Bob' }])
    await save('artwork', [
      {
        title: { 'en-US': 'Harbour', 'de-DE': 'Hafen' },
        year: 1890,
        '_nested:artwork__persons': [
          { role: 'painter', person: to('person', 1) },
          { role: 'printer', person: to('person', 2) },
        ],
      },
    ])
    const [record] = await read('artwork', 1, { format: 'standard' })
    expect(record?._standard['1'].text).toEqual({ 'en-US': 'Harbour (1890)', 'de-DE': 'Hafen (1890)' })
    expect(record?._standard['2'].text).toEqual({ 'en-US': 'painter Ann; printer Bob', 'de-DE': 'painter Ann; printer Bob' })
  })

  it('is the number of the record when nothing is said, and marks up what would be markup', async () => {
    const { save, read } = await instance()
    const [empty] = await save('artwork', [{ accession: 'A1' }])
    expect(text(empty)).toBe(`#${empty?._system_object_id}`)
    await save('artwork', [{ accession: 'A2', title: { 'en-US': 'a < "b"\nc' } }])
    expect((await read('artwork', 2))[0]?._standard['1']).toEqual({ text: { 'en-US': 'a < "b"\nc' }, html: { 'en-US': 'a &lt; &quot;b&quot;<br>c' } })
  })

  it('of a type without a mask is its first text', async () => {
    const { save } = await instance()
    const [made] = await save('pooled', [{ name: 'Box', _pool: { pool: { _id: 7 } } }])
    expect(text(made)).toBe('Box')
    expect(made?.pooled._pool).toEqual({ _basetype: 'pool', pool: { _id: 7, name: { 'en-US': 'Harbour archive' } } })
  })

  it('ends where records link in a circle', async () => {
    const { save, list } = await instance()
    const [a] = await save('artwork', [{ accession: 'A', title: { 'en-US': 'A' } }])
    await save('artwork', [{ accession: 'B', title: { 'en-US': 'B' }, related: to('artwork', 1) }])
    await save('artwork', [{ ...a?.artwork, _version: 2, related: to('artwork', 2) }])
    const records = await list('artwork', { format: 'standard' })
    expect(records.map((record) => [text(record), text(record, '3')])).toEqual([
      ['A', 'B'],
      ['B', 'A'],
    ])
  })
})

describe('links', () => {
  it('become the complete target, a shell when it is in the trash, and a mark when it is gone', async () => {
    const { save, read, tenant, id } = await instance()
    const [ann] = await save('person', [{ name: 'Ann' }, { name: 'Bob' }])
    await save('artwork', [{ accession: 'A1', '_nested:artwork__persons': [{ person: to('person', 1) }] }])
    const target = async () => (await read('artwork', 1))[0]?.artwork['_nested:artwork__persons'][0].person
    expect(await target()).toMatchObject({
      _objecttype: 'person',
      _mask: 'person__main',
      _format: 'standard',
      _standard: { 1: { text: { 'en-US': 'Ann' } } },
      person: { _id: 1, _version: 1 },
    })
    await tenant.write(
      (sql) => sql`update record set deleted_at = '2026-01-02T03:04:05Z' where instance_id = ${id} and system_id = ${ann?._system_object_id}`,
    )
    expect(await target()).toEqual({
      _objecttype: 'person',
      _uuid: ann?._uuid,
      _system_object_id: ann?._system_object_id,
      _latest_version_deleted_at: '2026-01-02T03:04:05Z',
    })
    await tenant.write((sql) => sql`delete from record where instance_id = ${id} and system_id = ${ann?._system_object_id}`)
    expect(await target()).toEqual({ _objecttype: 'person', _system_object_id: ann?._system_object_id, _purged_or_deferred: true })
  })
})

describe('hierarchies', () => {
  it('show the way from the top, the level and whether there is something below', async () => {
    const { save, list } = await instance()
    await save('place', [{ name: 'Europe', label: { 'en-US': 'continent' } }])
    await save('place', [{ name: 'Portugal', _id_parent: 1 }])
    await save('place', [{ name: 'Porto', _id_parent: 2 }])
    const records = await list('place')
    expect(
      records.map((record) => [record._level, record._path.map((above: Json) => above.place._id), record._has_children, record.place._id_parent]),
    ).toEqual([
      [1, [], true, null],
      [2, [1], true, 1],
      [3, [1, 2], false, 2],
    ])
    expect(records[2]?._path[0]).toMatchObject({ _format: 'short', place: { _id: 1, _version: 1, _id_parent: null } })
    const [inherited] = (await list('place', { format: 'long_inheritance' })).slice(2)
    expect(inherited?.place).toMatchObject({ name: 'Porto', label: { 'en-US': 'continent' } })
    expect(records[2]?.place.label).toBeUndefined()
  })
})

describe('versions', () => {
  it('are shown as they were, with links as they were then unless asked otherwise', async () => {
    const { save, read } = await instance()
    const [ann] = await save('person', [{ name: 'Ann' }])
    const [first] = await save('artwork', [
      { accession: 'A1', title: { 'en-US': 'One' }, '_nested:artwork__persons': [{ person: to('person', 1) }], _comment: 'new' },
    ])
    await save('person', [{ ...ann?.person, _version: 2, name: 'Anna' }])
    const { '_nested:artwork__persons': rows, ...block } = (first as Json).artwork
    await save('artwork', [
      { ...block, _version: 2, title: { 'en-US': 'Two' }, '_nested:artwork__persons': [{ _uuid: rows[0]._uuid, person: to('person', 1) }] },
    ])
    const seen = (record: Json | undefined) => [record?.artwork._version, record?._latest_version, text(record), text(record, '2')]
    expect(seen((await read('artwork', 1))[0])).toEqual([2, true, 'Two', 'Anna'])
    expect(seen((await read('artwork', 1, { version: 1 }))[0])).toEqual([1, false, 'One', 'Ann'])
    expect(seen((await read('artwork', 1, { version: 1, latestLinked: true }))[0])).toEqual([1, false, 'One', 'Anna'])
    expect(await read('artwork', 1, { version: 3 })).toEqual([])
    expect(await read('artwork', 1, { version: 9e15 })).toEqual([])
    const all = await read('artwork', 1, { allVersions: true, format: 'full' })
    expect(all.map(seen)).toEqual([
      [1, false, 'One', 'Ann'],
      [2, true, 'Two', 'Anna'],
    ])
    expect(all[0]?._changelog).toMatchObject([
      {
        operation: 'INSERT',
        version: 1,
        current_version: true,
        latest_version: false,
        comment: 'new',
        user: { user: { _id: 1, _generated_displayname: 'Root' } },
      },
    ])
    expect(all[1]?._changelog).toHaveLength(2)
    expect(all[0]?._comment).toBe('new')
  })

  it('are shown under the datamodel they were saved with', async () => {
    const { save, read, versions, before, tenant, id } = await instance()
    const [made] = await save('artwork', [{ accession: 'A1', year: 1890 }])
    const next = readingDatamodel(2)
    const masksById = new Map(
      [...next.masksById].map(([maskId, mask]) => [
        maskId,
        { ...mask, fields: mask.fields.filter((field) => field.kind !== 'field' || field.column.name !== 'year') },
      ]),
    )
    versions.set(2, { ...next, masksById, mask: (of, name) => [...masksById.values()].find((mask) => mask.name === name) ?? next.mask(of, name) })
    await tenant.write(
      (sql) =>
        sql`insert into datamodel_version (instance_id, version, based_on, committed_at, schema, masks, translations) values (${id}, 2, 1, now(), '{}', '{}', '{}')`,
    )
    const { _id, accession } = (made as Json).artwork
    await save('artwork', [{ _id, accession, _version: 2, _mask: 'artwork__main', title: { 'en-US': 'Two' } }])
    expect((await read('artwork', 1))[0]?.artwork.year).toBeUndefined()
    expect((await read('artwork', 1, { version: 1 }))[0]?.artwork.year).toBe(1890)
    expect((await read('artwork', 1, { allVersions: true })).map((record) => record.artwork.year)).toEqual([1890, undefined])
    // More readers than there are connections, and each has to ask for the older datamodel.
    before.fetch = async () => void (await tenant.read((sql) => sql`select 1`))
    const many = await Promise.all(Array.from({ length: 24 }, () => read('artwork', 1, { version: 1 })))
    expect(many.map(([record]) => record?.artwork.year)).toEqual(many.map(() => 1890))
  })
})
