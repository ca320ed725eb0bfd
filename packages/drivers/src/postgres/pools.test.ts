import type { Caller } from '@vitrine/domain/people/caller'
import type { Pool, PoolDocument } from '@vitrine/domain/pools/pool'
import { seedPools } from '@vitrine/domain/pools/pool-seed'
import { PoolService } from '@vitrine/domain/pools/pools'
import { Places } from '@vitrine/domain/places/places'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listedDatamodel } from './access.fixture.ts'
import { PostgresCounters } from './counters.ts'
import { PostgresPlaces } from './places.ts'
import { PostgresPools } from './pools.ts'
import { PostgresPrincipals } from './principals.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const person = (userId: number, rights: Caller['systemRights']): Caller => ({
  userId,
  login: 'x',
  type: 'easydb',
  displayname: 'x',
  groupIds: [],
  systemRights: rights,
  root: 'system.root' in rights,
  language: 'en-US',
  datamodelVersion: 1,
  configRevision: 0,
  clientId: 'c',
  signedInAt: new Date(0),
})
const root = person(1, { 'system.root': {} })
const manager = person(2, { 'system.poolmanager': {} })

async function seeded() {
  const tenant = db.instance()
  const id = tenant.instanceId
  const store = new PostgresPools(tenant)
  const counters = new PostgresCounters(tenant)
  await seedPools({ store, counters })
  await tenant.write(
    (sql) =>
      sql`insert into app_user (instance_id, id, version, type, reference, data, system_rights) values (${id}, 1, 1, 'system', 'system:root', '{}', '{}'), (${id}, 2, 1, 'easydb', 'mia', '{}', '{}')`,
  )
  const access = { book: () => Promise.resolve({ presets: new Map<number, never>() }) }
  const clock = () => new Date('2026-01-02T03:04:05Z')
  const places = { at: async () => new Places((await new PostgresPlaces(tenant).read()).value) }
  const datamodels = { committed: () => Promise.resolve(listedDatamodel()), currentVersion: () => Promise.resolve(1) }
  const pools = new PoolService({ store, counters, principals: new PostgresPrincipals(tenant), clock, datamodels, places, access })
  const [top, standard] = (await store.all()) as [Pool, Pool]
  return { tenant, store, counters, pools, top: top.id, standard: standard.id }
}
const doc = (pool: PoolDocument['pool'], around: Partial<PoolDocument> = {}): PoolDocument => ({ _basetype: 'pool', pool, ...around })
const idOf = (document: PoolDocument | undefined) => document?.pool._id as number

describe('the seed', () => {
  it('makes the root and the standard pool once', async () => {
    const { store, counters, pools } = await seeded()
    await seedPools({ store, counters })
    const list = await pools.list(root, { limit: 10, offset: 0 })
    expect(list.map((p) => [p.pool.reference, p.pool.is_system_pool, p._level, p._has_children])).toEqual([
      ['system:root', true, 0, true],
      ['system:standard', true, 1, false],
    ])
  })
})

describe('saving pools', () => {
  it('makes a tree in one go, answers where each stands, and keeps what a later save leaves out', async () => {
    const { pools, standard } = await seeded()
    const [upper] = await pools.save(root, [doc({ reference: 'upper', _id_parent: standard, name: { 'en-US': 'Upper' }, custom_data: { a: 1 } })])
    const [lower] = await pools.save(root, [
      doc({ 'lookup:_id_parent': { reference: 'upper' }, shortname: { 'en-US': 'L' } }, { _owner: { user: { 'lookup:_id': { reference: 'mia' } } } }),
    ])
    expect(lower).toMatchObject({
      pool: { _version: 1, _id_parent: idOf(upper) },
      _level: 3,
      _has_children: false,
      _owner: { _basetype: 'user', user: { _id: 2 } },
    })
    expect(lower?._path?.map((p) => p.pool.reference)).toEqual(['system:root', 'system:standard', 'upper', null])
    const [again] = await pools.save(root, [doc({ 'lookup:_id': { reference: 'upper' }, _version: 2, comment: 'x' })])
    expect(again).toMatchObject({
      pool: { _id: idOf(upper), name: { 'en-US': 'Upper' }, comment: 'x', custom_data: { a: 1 }, _version: 2 },
      _has_children: true,
    })
    expect(await pools.read(root, idOf(upper))).toEqual(again)
  })

  it('takes back what it answered', async () => {
    const { pools } = await seeded()
    const list = await pools.list(root, { limit: 10, offset: 0 })
    const sent = list.map((p) => ({ ...p, pool: { ...p.pool, _version: (p.pool._version ?? 0) + 1 } }))
    expect((await pools.save(root, sent)).map((p) => p.pool._version)).toEqual([2, 2])
  })

  it('wants the stored version plus one', async () => {
    const { pools, standard } = await seeded()
    for (const _version of [1, 3])
      await expect(pools.save(root, [doc({ _id: standard, _version })])).rejects.toMatchObject({
        code: 'VersionMismatch',
        parameters: { currentversion: 1, receivedversion: _version, expectedversion: 2, got: _version, expected: 2, object: `pool:${standard}` },
      })
    await expect(pools.save(root, [doc({ _id_parent: standard, _version: 2 })])).rejects.toMatchObject({ code: 'VersionMismatch' })
  })

  it('refuses what would not be a tree', async () => {
    const { pools, top, standard } = await seeded()
    await expect(pools.save(root, [doc({ reference: 'x' })])).rejects.toMatchObject({ code: 'PoolNeedsParent' })
    await expect(pools.save(root, [doc({ _id: standard, _version: 2, _id_parent: null })])).rejects.toMatchObject({ code: 'PoolNeedsParent' })
    const [a] = await pools.save(root, [doc({ _id_parent: standard, reference: 'a' })])
    for (const [id, parent] of [
      [standard, idOf(a)],
      [standard, standard],
      [top, idOf(a)],
    ] as const)
      await expect(pools.save(root, [doc({ _id: id, _version: 2, _id_parent: parent })])).rejects.toMatchObject({
        code: 'IllegalPathForPool',
        parameters: { id },
      })
    await expect(pools.save(root, [doc({ _id_parent: 999 })])).rejects.toMatchObject({ code: 'LookupNotFound' })
  })

  it('never lets two moves make a circle together', async () => {
    const { pools, standard } = await seeded()
    const [a, b] = await pools.save(root, [doc({ _id_parent: standard }), doc({ _id_parent: standard })])
    const moves = await Promise.allSettled([
      pools.save(root, [doc({ _id: idOf(a), _version: 2, _id_parent: idOf(b) })]),
      pools.save(root, [doc({ _id: idOf(b), _version: 2, _id_parent: idOf(a) })]),
    ])
    expect(moves.map((m) => m.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await pools.list(root, { limit: 10, offset: 0 })).toHaveLength(4)
  })

  it('keeps references and short names unique, and stores nothing when it refuses', async () => {
    const { pools, standard } = await seeded()
    await pools.save(root, [doc({ _id_parent: standard, reference: 'a', shortname: { 'en-US': 'A', 'de-DE': 'B' } })])
    for (const [taken, name] of [
      [{ reference: 'a' }, 'reference'],
      [{ shortname: { 'de-DE': 'B', 'en-US': 'A' } }, 'shortname'],
    ] as const)
      await expect(
        pools.save(root, [doc({ _id_parent: standard, reference: 'fine' }), doc({ _id_parent: standard, ...taken })]),
      ).rejects.toMatchObject({ code: 'DatabaseUniqueKeyViolation', parameters: { name } })
    expect(await pools.list(root, { limit: 10, offset: 0 })).toHaveLength(3)
  })

  it('lets nobody make or unmake a built-in pool', async () => {
    const { pools, standard } = await seeded()
    await expect(pools.save(root, [doc({ _id_parent: standard, is_system_pool: true })])).rejects.toMatchObject({ code: 'UnableToSetIsSystemPool' })
    await expect(pools.save(root, [doc({ _id: standard, _version: 2, is_system_pool: false })])).rejects.toMatchObject({
      code: 'UnableToSetIsSystemPool',
    })
  })

  it('gives every grant an id and finds the people in it', async () => {
    const { pools, standard } = await seeded()
    const [saved] = await pools.save(root, [
      doc({ _id: standard, _version: 2 }, { _acl: [{ who: { user: { 'lookup:_id': { reference: 'mia' } } }, rights: { read: {} } }] }),
    ])
    expect(saved?._acl).toEqual([{ _id: expect.any(Number) as number, who: { _basetype: 'user', user: { _id: 2 } }, rights: { read: {} } }])
    const [kept] = await pools.save(root, [doc({ _id: standard, _version: 3 }, { _acl: null })])
    expect(kept?._acl).toEqual(saved?._acl)
    await expect(
      pools.save(root, [doc({ _id: standard, _version: 4 }, { _acl: [{ who: { group: { _id: 77 } }, rights: {} }] })]),
    ).rejects.toMatchObject({ code: 'LookupNotFound' })
  })
})

describe('rights on pools', () => {
  it('belong to root and to the owner, who does not see the access list', async () => {
    const { pools, standard } = await seeded()
    const [mine] = await pools.save(root, [doc({ _id_parent: standard }, { _owner: { user: { _id: 2 } } })])
    const owner = person(2, {})
    expect(await pools.list(owner, { limit: 10, offset: 0 })).toEqual([
      expect.objectContaining({ _generated_rights: { bag_read: {}, bag_write: {}, bag_delete: {}, bag_acl: {} } }),
    ])
    expect(await pools.read(owner, idOf(mine))).not.toHaveProperty('_acl')
    expect(await pools.read(manager, idOf(mine))).toHaveProperty('_acl')
    await expect(pools.read(owner, standard)).rejects.toMatchObject({ code: 'RightRequired', parameters: { right: 'bag_read' } })
    await expect(pools.save(manager, [doc({ _id_parent: standard })])).rejects.toMatchObject({
      code: 'RightRequired',
      parameters: { right: 'bag_create' },
    })
    await expect(pools.remove(manager, standard)).rejects.toMatchObject({ code: 'RightRequired', parameters: { right: 'bag_delete' } })
  })
})

describe('deleting a pool', () => {
  it('takes what is below with it, but nothing that holds records or is built in', async () => {
    const { tenant, pools, standard } = await seeded()
    const [upper] = await pools.save(root, [doc({ _id_parent: standard, reference: 'upper' })])
    const [lower] = await pools.save(root, [doc({ _id_parent: idOf(upper) })])
    const id = tenant.instanceId
    await tenant.write(
      (sql) => sql`
      insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, pool_id, content)
      values (${id}, 1, 1, 1, gen_random_uuid(), 1, 1, now(), now(), ${idOf(lower)}, '{}')`,
    )
    await expect(pools.remove(root, idOf(upper))).rejects.toMatchObject({
      code: 'PoolNotEmpty',
      parameters: { stats: { [idOf(lower)]: { objects: 1 } } },
    })
    await tenant.write((sql) => sql`update record set deleted_at = now() where instance_id = ${id}`)
    await pools.remove(root, idOf(upper))
    await expect(pools.read(root, idOf(lower))).rejects.toMatchObject({ code: 'ResourceNotFound' })
    await expect(pools.remove(root, standard)).rejects.toMatchObject({ code: 'ServerGeneric' })
    await expect(pools.remove(root, 12345)).rejects.toMatchObject({ code: 'ResourceNotFound' })
  })
})
