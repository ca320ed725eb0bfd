import type { SaveOptions } from '@vitrine/domain/objects/save'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { artwork, instanceIn, link, record, refusal, type Json } from './records-write.harness.ts'
import { NO_WISH, rootCaller } from './records-write.fixture.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const instance = () => instanceIn(db)

describe('what a record carries besides its content', () => {
  /** A pool below the root, two tags of a choice group, a default and a hidden default tag, a user and two groups. */
  async function furnished() {
    const at = await instance()
    const id = at.id
    await at.tenant.write(async (sql) => {
      await sql`insert into pool (instance_id, id, version, parent_id, reference, data) values (${id}, 1, 1, null, 'system:root', '{}'), (${id}, 2, 1, 1, 'harbour', '{}')`
      await sql`insert into tag_group (instance_id, id, position, type, data) values (${id}, 1, 1, 'choice', '{"displayname":{"en-US":"State"}}'), (${id}, 2, 2, 'checkbox', '{}')`
      await sql`insert into tag (instance_id, id, group_id, version, position, reference, data) values (${id}, 1, 1, 1, 1, 'new', '{}'), (${id}, 2, 1, 1, 2, 'done', '{}'),
        (${id}, 3, 2, 1, 1, null, '{"enabled":true,"is_default":true}'), (${id}, 4, 2, 1, 2, null, '{"enabled":true,"is_default":true,"displaytype":"hidden"}')`
      await sql`insert into app_user (instance_id, id, version, type, reference, data, system_rights) values (${id}, 7, 1, 'easydb', 'mia', '{}', '{}')`
      await sql`insert into app_group (instance_id, id, version, type, reference, data, system_rights) values (${id}, 8, 1, 'easydb', 'curators', '{}', '{}'), (${id}, 9, 1, 'system', 'all', '{}', '{}')`
    })
    const saved = async (records: Json[], options: Partial<SaveOptions> = {}) => {
      const [first] = await at.save(records[0]?._objecttype as string, records, options)
      return at.row(first?.systemId as number)
    }
    return { ...at, saved }
  }
  const byReference = (reference: string) => ({ 'lookup:_id': { reference } })

  it('gives default tags, adds hidden ones, and replaces them in a change', async () => {
    const at = await furnished()
    expect((await at.saved([artwork({ _id: 1 })]))?.tags).toEqual(['3', '4'])
    expect((await at.saved([artwork({ _id: 2 }, { _tags: [{ _id: 1 }] })]))?.tags).toEqual(['1', '4'])
    expect((await at.saved([artwork({ _id: 2, _version: 2 }, { _tags: [byReference('done'), { _id: 2 }] })]))?.tags).toEqual(['2'])
    expect((await at.saved([record('person', {}, { _tags: [{ _id: 99 }] })]))?.tags).toEqual([])
  })

  it('permits one tag of a choice group, unless constraints are skipped', async () => {
    const at = await furnished()
    const both = artwork({}, { _tags: [{ _id: 1 }, { _id: 2 }] })
    expect(await refusal(at.saved([both]))).toEqual({ code: 'MultipleChoicesInTaggroup', taggroup: 'State' })
    expect((await at.saved([both], { skipConstraints: true }))?.tags).toEqual(['1', '2', '4'])
    expect(await refusal(at.saved([artwork({}, { _tags: [{ _id: 99 }] })]))).toMatchObject({ code: 'LookupNotFound' })
    expect(await refusal(at.saved([{ ...artwork({}, { _tags: [{ _id: 1 }] }), _mask: 'artwork__title' }]))).toMatchObject({
      code: 'SchemaInconsistent',
    })
  })

  it('wants a pool where the type has them, in every version', async () => {
    const at = await furnished()
    const pooled = (block: Json) => record('pooled', { name: 'x', ...block })
    expect(await refusal(at.saved([pooled({})]))).toEqual({ code: 'ObjecttypeHasPoolManagement', objecttype: 'pooled' })
    expect(await refusal(at.saved([pooled({})], { dryRun: true }))).toMatchObject({ code: 'ObjecttypeHasPoolManagement' })
    expect(await refusal(at.saved([pooled({ _pool: { pool: { _id: 1 } } })]))).toMatchObject({ code: 'SchemaInconsistent' })
    expect(await refusal(at.saved([pooled({ _pool: { pool: byReference('nowhere') } })]))).toMatchObject({ code: 'LookupNotFound' })
    await at.saved([pooled({ _id: 1, _pool: { pool: byReference('harbour') } })])
    expect(await refusal(at.saved([pooled({ _id: 1, _version: 2 })]))).toMatchObject({ code: 'ObjecttypeHasPoolManagement' })
    await at.saved([pooled({})], { skipConstraints: true })
    expect(await refusal(at.saved([record('pooled', { _pool: { pool: { _id: 2 } } })]))).toMatchObject({
      code: 'SchemaInconsistent',
      msg: '[0].pooled.name: a value is required',
    })
  })

  it('keeps the owner unless another one is sent', async () => {
    const at = await furnished()
    expect((await at.saved([record('person', { _id: 1 }, { _owner: { _basetype: 'user', user: byReference('mia') } })]))?.owner).toBe(7)
    expect((await at.saved([record('person', { _id: 1, _version: 2 })]))?.owner).toBe(7)
    expect((await at.saved([record('person', { _id: 1, _version: 3 }, { _owner: { group: { _id: 8 } } })]))?.owner).toBeNull()
    expect(await refusal(at.saved([record('person', {}, { _owner: { group: { _id: 9 } } })]))).toMatchObject({ code: 'SchemaInconsistent' })
    expect(await refusal(at.saved([record('person', {}, { _owner: { user: { _id: 99 } } })]))).toMatchObject({ code: 'LookupNotFound' })
  })

  it('lets imports set moments, and takes those that were read for unchanged', async () => {
    const at = await furnished()
    const moments = { _created: '2001-02-03T04:05:06Z', _last_modified: '2002-02-03T04:05:06+01:00' }
    await at.saved([record('person', { _id: 1 }, moments)])
    await at.saved([record('person', { _id: 1, _version: 2 }, moments)])
    const [row] = await at.tenant.read(
      (sql) => sql<{ created_at: Date; modified_at: Date }[]>`select created_at, modified_at from record where instance_id = ${at.id}`,
    )
    expect(row?.created_at.toISOString()).toBe('2001-02-03T04:05:06.000Z')
    expect(row?.modified_at.getUTCFullYear()).toBeGreaterThan(2020)
    expect(await refusal(at.saved([record('person', { _id: 1, _version: 3 }, { _created: '2001-02-03T04:05:07Z' })]))).toMatchObject({
      code: 'SchemaInconsistent',
    })
  })

  it('permits chosen and repeated UUIDs of rows when constraints are skipped', async () => {
    const at = await furnished()
    const [person] = await at.save('person', [record('person', { _id: 1 }), record('person', { _id: 2 })])
    const _uuid = '7a41b7a0-0000-4000-8000-00000000000b'
    const rows = [1, 2].map((_id) => ({ _uuid, person: link('person', { _id }) }))
    const stored = await at.saved([artwork({ '_nested:artwork__persons': rows })], { skipConstraints: true })
    expect(((stored?.content['t4'] ?? []) as Json[]).map((row) => row._uuid)).toEqual([_uuid, _uuid])
    for (const [i] of rows.entries()) expect(await at.remove('person', [[i + 1, 1, null]])).toMatchObject({ done: false })
    expect(person?.systemId).toBeDefined()
  })

  it('refuses to change what never changes', async () => {
    const at = await furnished()
    await at.saved([record('person', { _id: 1 }, { _system_object_id: 50 })])
    const change = (envelope: Json, block: Json = {}) =>
      refusal(at.saved([record('person', { _id: 1, _version: 2, ...block }, envelope)], { dryRun: true }))
    expect(await change({ _system_object_id: 51 })).toMatchObject({ code: 'SchemaInconsistent' })
    expect(await change({ _uuid: '7a41b7a0-0000-4000-8000-00000000000c' })).toMatchObject({ code: 'SchemaInconsistent' })
    expect(await change({ _create_user: { user: { _id: 7 } } })).toMatchObject({ code: 'SchemaInconsistent' })
    expect(await change({ _acl: [{ who: {}, rights: {} }] })).toMatchObject({ code: 'SchemaInconsistent' })
    expect(await change({ _updated: null })).toMatchObject({ code: 'SchemaInconsistent' })
    expect(await change({ _acl: [], _changelog: [], _standard: {}, _format: 'long' })).toEqual({ code: 'none' })
  })
})

describe('requests', () => {
  it('are refused to callers without rights', async () => {
    const at = await instance()
    const nobody = rootCaller({ userId: 99, root: false, systemRights: {} })
    expect(
      await refusal(
        at.saver.save(
          'person',
          [record('person', {})],
          { format: 'short', files: NO_WISH, dryRun: false, skipConstraints: false, skipReverseNested: false },
          nobody,
        ),
      ),
    ).toEqual({
      ...{ code: 'ObjectInsufficientRights', objecttype: 'person', right: 'create', rightdisplayname: 'Create' },
    })
    await at.save('person', [record('person', { _id: 1 })])
    expect(await refusal(at.deleter.delete('person', [[1, 1, null]], nobody))).toMatchObject({ code: 'ObjectInsufficientRights', right: 'delete' })
  })

  it.each(['nothing', 'artwork__persons', '__proto__', 'constructor'])('know no object type %s', async (name) => {
    const at = await instance()
    expect(await refusal(at.save(name, []))).toEqual({ code: 'UnknownObjecttype', objecttype: name })
  })

  it('start over when the datamodel moves on meanwhile', async () => {
    const at = await instance()
    await at.tenant.write(
      (sql) =>
        sql`insert into datamodel_version (instance_id, version, based_on, committed_at, schema, masks, translations) values (${at.id}, 2, 1, now(), '{}', '{}', '{}')`,
    )
    const [saved] = await at.save('person', [record('person', {})])
    const [row] = await at.tenant.read(
      (sql) => sql<{ v: number }[]>`select schema_version as v from record where instance_id = ${at.id} and system_id = ${saved?.systemId as number}`,
    )
    expect(row?.v).toBe(2)
  })

  it('keep instances apart that use the same ids', async () => {
    const [one, two] = await Promise.all([instance(), instance()])
    await Promise.all([one, two].map((at) => at.save('person', [record('person', { _id: 1, code: 'a' }, { _system_object_id: 1 })])))
    expect(await one.remove('person', [[1, 1, null]])).toMatchObject({ done: true })
    expect(await two.row(1)).toMatchObject({ deleted: false })
  })
})
