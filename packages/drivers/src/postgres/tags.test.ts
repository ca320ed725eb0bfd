import type { TagGroupDocument } from '@vitrine/domain/tags/tag'
import { TagService } from '@vitrine/domain/tags/tags'
import { TransitionService } from '@vitrine/domain/transitions/transitions'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listedDatamodel } from './access.fixture.ts'
import { PostgresCounters } from './counters.ts'
import { PostgresPools } from './pools.ts'
import { PostgresPrincipals } from './principals.ts'
import { rootCaller } from './records-write.fixture.ts'
import { PostgresTags } from './tags.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'
import { PostgresTransitions } from './transitions.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

async function fresh() {
  const tenant = db.instance()
  const id = tenant.instanceId
  const ports = { counters: new PostgresCounters(tenant), principals: new PostgresPrincipals(tenant) }
  const datamodels = { committed: () => Promise.resolve(listedDatamodel()), currentVersion: () => Promise.resolve(1) }
  const store = new PostgresTags(tenant)
  const tags = new TagService({ ...ports, store, datamodels, clock: () => new Date(), onChoicesChanged: () => Promise.resolve() })
  const transitions = new TransitionService({ ...ports, store: new PostgresTransitions(tenant) })
  await tenant.write(
    (sql) =>
      sql`insert into app_user (instance_id, id, version, type, reference, data, system_rights) values (${id}, 2, 1, 'easydb', 'mia', '{}', '{}')`,
  )
  const save = async (documents: TagGroupDocument[], removeFromLists = false) => {
    const saved = await tags.replace(rootCaller(), documents, { removeFromLists })
    if (!('groups' in saved)) throw new Error('a question was asked')
    return saved.groups
  }
  const two = await save([
    {
      taggroup: { reference: 'state', type: 'choice', displayname: { 'en-US': 'State' } },
      _tags: [{ reference: 'draft', is_default: true }, { reference: 'done' }],
    },
    { taggroup: { reference: 'more' }, _tags: [{ displayname: { 'en-US': 'Loan' } }] },
  ])
  const [draft, done] = (two[0]?._tags ?? []).map((tag) => tag._id) as [number, number]
  return { tenant, id, tags, transitions, save, two, draft, done }
}

describe('replacing tags', () => {
  it('answers them in order, with defaults filled in, as a later read does', async () => {
    const { tags, two, draft } = await fresh()
    expect(two[0]).toMatchObject({ _basetype: 'taggroup', taggroup: { _id: expect.any(Number) as number, type: 'choice' } })
    expect(two[0]?._tags?.[0]).toEqual({
      _id: draft,
      _version: 1,
      reference: 'draft',
      is_default: true,
      enabled: true,
      sticky: false,
      type: 'individual',
      displaytype: 'facet',
      _acl: [],
    })
    expect(await tags.list()).toEqual(two)
  })

  it('keeps ids by id and by reference, moves tags between groups, and lets references change hands', async () => {
    const { save, two, draft, done } = await fresh()
    const [state, more] = two as [TagGroupDocument, TagGroupDocument]
    const saved = await save([
      { taggroup: { reference: 'more' }, _tags: [...(more._tags ?? []), { _id: draft, reference: 'done' }] },
      { taggroup: { _id: state.taggroup?._id ?? null, reference: 'state' }, _tags: [{ _id: done, reference: 'draft' }] },
    ])
    expect(saved.map((group) => [group.taggroup?._id, group._tags?.map((tag) => [tag._id, tag.reference, tag._version])])).toEqual([
      [
        more.taggroup?._id,
        [
          [more._tags?.[0]?._id, null, 1],
          [draft, 'done', 2],
        ],
      ],
      [state.taggroup?._id, [[done, 'draft', 2]]],
    ])
  })

  it('counts a version per change, and refuses a version from another time', async () => {
    const { save, two } = await fresh()
    expect(await save(two)).toEqual(two)
    const [state, more] = two as [TagGroupDocument, TagGroupDocument]
    const [draft, done] = state._tags ?? []
    const next = await save([
      {
        ...state,
        _tags: [
          { ...draft, _version: 2, sticky: true },
          { ...done, _version: 2 },
        ],
      },
      more,
    ])
    expect(next[0]?._tags?.map((tag) => tag._version)).toEqual([2, 2])
    await expect(save([{ ...state, _tags: [{ ...draft, _version: 4 }] }])).rejects.toMatchObject({
      code: 'VersionMismatch',
      parameters: { currentversion: 2, expected: 3, got: 4 },
    })
    await expect(save(two)).rejects.toMatchObject({ code: 'VersionMismatch' })
  })

  it('refuses what is not a clear list', async () => {
    const { save, draft } = await fresh()
    for (const _tags of [[{ _id: 999 }], [{ _id: draft }, { reference: 'draft' }], [{ reference: 'a' }, { reference: 'a' }]])
      await expect(save([{ _tags }])).rejects.toMatchObject({ code: 'ServerGeneric' })
    await expect(save([{ taggroup: { type: 'choice' }, _tags: [{ is_default: true }, { is_default: true }] }])).rejects.toMatchObject({
      code: 'ServerGeneric',
    })
  })
})

describe('removing a tag', () => {
  it('is refused while records, conditions or actions name it', async () => {
    const { tenant, id, save, transitions, draft, done } = await fresh()
    await tenant.write(
      (sql) => sql`
      insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, tags, content)
      values (${id}, 1, 1, 1, gen_random_uuid(), 1, 1, now(), now(), ${[draft]}::bigint[], '{}')`,
    )
    await transitions.replace([
      { type: 'process', 'tagfilter:after': { any: [done] }, actions: [{ type: 'set_tags', info: { tags: [{ _id: draft, set: true }] } }] },
    ])
    const [rule] = await transitions.list()
    await expect(save([])).rejects.toMatchObject({
      code: 'TagsInUse',
      parameters: {
        usages: [
          { tag_id: draft, used_in: 'record', count: 1 },
          ...[draft, done].map((tag) => ({ tag_id: tag, used_in: 'transition', id: rule?._id })),
        ],
      },
    })
  })

  it('is refused while access lists of records and collections have conditions with it', async () => {
    const { tenant, id, save, draft, done } = await fresh()
    await tenant.write(async (sql) => {
      const acl = (filter: object) =>
        sql.json([{ who: { user: { _id: 2 } }, rights: { read: {} }, tagfilter: { all: [], any: [], not: [], ...filter } }] as never)
      for (const [systemId, filter] of [
        [1, { not: [draft] }],
        [2, { all: [draft], any: [draft] }],
        [3, {}],
      ] as const) {
        await sql`
          insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, acl, content)
          values (${id}, ${systemId}, 1, ${systemId}, gen_random_uuid(), 1, 1, now(), now(), ${acl(filter)}::jsonb, '{}')`
        await sql`insert into record_grant (instance_id, system_id, position, user_id, data) values (${id}, ${systemId}, 0, 2, '{}')`
      }
      await sql`
        insert into collection (instance_id, id, version, uuid, owner_user, acl, data)
        values (${id}, 7, 1, gen_random_uuid(), 2, ${acl({ any: [done] })}::jsonb, '{}'), (${id}, 8, 1, gen_random_uuid(), 2, ${acl({})}::jsonb, '{}')`
    })
    await expect(save([], true)).rejects.toMatchObject({
      code: 'TagsInUse',
      parameters: {
        usages: [
          { tag_id: draft, used_in: 'record_acl', count: 2 },
          { tag_id: done, used_in: 'collection', id: 7 },
        ],
      },
    })
  })

  it('asks first when lists of allowed tags name it, and then takes it out of them', async () => {
    const { tenant, id, tags, save, draft, done } = await fresh()
    await tenant.write(
      (sql) =>
        sql`insert into pool (instance_id, id, version, data) values (${id}, 1, 1, ${sql.json({ _settings: { _tags: [{ _id: draft }, { _id: done }] } })})`,
    )
    const asked = await tags.replace(rootCaller(), [{ _tags: [{ _id: done }] }], { removeFromLists: false })
    expect(asked).toMatchObject({ question: { tasks: [{ buttons: [{ text: 'Cancel' }, { name: 'delete_policy', value: 'remove_tags' }] }] } })
    expect((await tags.list())[0]?._tags).toHaveLength(2)
    await save([{ _tags: [{ _id: done }] }], true)
    const [pool] = await tenant.read((sql) => sql`select data from pool where instance_id = ${id}`)
    expect(pool?.['data']).toEqual({ _settings: { _tags: [{ _id: done }] } })
    expect(await save([], true)).toEqual([])
  })
})

describe('removing tags that lists name', () => {
  it('loses nothing that others save in those lists at the same moment', async () => {
    const { tenant, id, save, two, draft } = await fresh()
    await tenant.write(async (sql) => {
      await sql`insert into pool (instance_id, id, version, data) values (${id}, 1, 1, ${sql.json({ note: 'old', _settings: { _tags: [{ _id: draft }] } })}::jsonb)`
    })
    const pools = new PostgresPools(tenant)
    const { promise: read, resolve: hasRead } = Promise.withResolvers<void>()
    const renamed = pools.change(async ([pool], transaction) => {
      hasRead()
      await pause(100)
      if (pool) await transaction.save([{ ...pool, version: 2, fields: { note: 'new' } }])
    })
    await read
    const [state, more] = two as [TagGroupDocument, TagGroupDocument]
    await Promise.all([renamed, save([{ ...state, _tags: (state._tags ?? []).filter((tag) => tag._id !== draft) }, more], true)])
    const [row] = await tenant.read((sql) => sql<[{ data: object }]>`select data from pool where instance_id = ${id} and id = 1`)
    expect(row.data).toEqual({ note: 'new', _settings: { _tags: [] } })
  })
})

describe('replacing workflow rules', () => {
  it('keeps order and ids, and finds the people', async () => {
    const { transitions } = await fresh()
    const first = await transitions.replace([
      {
        type: 'process',
        operations: ['INSERT'],
        who: [{ user: { 'lookup:_id': { reference: 'mia' } } }],
        actions: [{ type: 'change_owner', info: { owner: { user: { _id: 2 } } } }],
      },
      { type: 'reject', comment: 'never' },
    ])
    expect(first[0]).toMatchObject({
      who: [{ _basetype: 'user', user: { _id: 2 } }],
      actions: [{ info: { owner: { _basetype: 'user', user: { _id: 2 } } } }],
    })
    const second = await transitions.replace([
      { ...first[1], type: 'resolve' },
      { _id: 999, type: 'exit_reject' },
    ])
    expect(second.map((rule) => rule.type)).toEqual(['resolve', 'exit_reject'])
    expect(second[0]?._id).toBe(first[1]?._id)
    expect(second[1]?._id).not.toBe(999)
    expect(await transitions.list()).toEqual(second)
  })

  it('refuses a rule that cannot mean anything', async () => {
    const { transitions, draft } = await fresh()
    const action = (type: string, info = {}) => ({ type: 'process' as const, actions: [{ type, info }] })
    for (const [rule, code] of [
      [action('webhook'), 'WebhookNotSelected'],
      [action('webhook', { name: 'nobody' }), 'WebhookUnknown'],
      [action('change_owner'), 'ChangeOwnerNotSelected'],
      [action('change_owner', { owner: { user: { _id: 99 } } }), 'LookupNotFound'],
      [action('plugin:call'), 'ServerGeneric'],
      [action('set_tags', { tags: [{ _id: 99 }] }), 'ServerGeneric'],
      [action('set_tags', {}), 'ServerGeneric'],
      [{ type: 'process' as const, 'tagfilter:before': { all: [draft], not: [draft] } }, 'ServerGeneric'],
      [{ type: 'process' as const, who: [{}] }, 'ServerGeneric'],
    ] as const)
      await expect(transitions.replace([rule as never])).rejects.toMatchObject({ code })
    expect(await transitions.list()).toEqual([])
  })
})
