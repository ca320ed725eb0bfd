import { AccessService } from '@vitrine/domain/access/access-service'
import { isDomainError } from '@vitrine/domain/errors'
import type { Caller } from '@vitrine/domain/people/caller'
import type { Grant } from '@vitrine/domain/people/stored-grants'
import type { Pool, PoolDocument } from '@vitrine/domain/pools/pool'
import { seedPools } from '@vitrine/domain/pools/pool-seed'
import { Places } from '@vitrine/domain/places/places'
import { PoolService } from '@vitrine/domain/pools/pools'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresAccessRules } from './access-rules.ts'
import { grant, group, listedDatamodel, person, seederOn, user } from './access.fixture.ts'
import { PostgresCounters } from './counters.ts'
import { PostgresPlaces } from './places.ts'
import { PostgresPools } from './pools.ts'
import { PostgresPrincipals } from './principals.ts'
import { rootCaller } from './records-write.fixture.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const root = rootCaller({ configRevision: 1000 })
/** Sees every rule that a test has made: its revision is ahead of them all. */
const me = (more: Partial<Caller> = {}) => person({ systemRights: { 'system.poolmanager': {} }, configRevision: 1000, ...more })
const doc = (pool: PoolDocument['pool'], around: Partial<PoolDocument> = {}): PoolDocument => ({ _basetype: 'pool', pool, ...around })
const idOf = (document: PoolDocument | undefined) => document?.pool._id as number

async function seeded(now = '2026-06-01T00:00:00Z') {
  const tenant = db.instance()
  const id = tenant.instanceId
  const store = new PostgresPools(tenant)
  const counters = new PostgresCounters(tenant)
  await seedPools({ store, counters })
  await tenant.write(async (sql) => {
    await sql`insert into app_user (instance_id, id, version, type, data, system_rights) values (${id}, 1, 1, 'system', '{}', '{}'), (${id}, 2, 1, 'easydb', '{}', '{}')`
    await sql`insert into app_group (instance_id, id, version, type, data, system_rights) values (${id}, 4, 1, 'easydb', '{}', '{}')`
  })
  const clock = () => new Date(now)
  const datamodels = { committed: () => Promise.resolve(listedDatamodel()), currentVersion: () => Promise.resolve(1) }
  const access = new AccessService({ rules: new PostgresAccessRules(tenant), datamodels, clock })
  const places = { at: async () => new Places((await new PostgresPlaces(tenant).read()).value) }
  const pools = new PoolService({ store, counters, principals: new PostgresPrincipals(tenant), clock, datamodels, places, access })
  const [, standard] = (await store.all()) as [Pool, Pool]
  const make = async (parent: number, acl: Grant[] = [], more: Partial<PoolDocument> = {}) =>
    idOf((await pools.save(root, [doc({ _id_parent: parent }, { _acl: acl, ...more })]))[0])
  const rightsOn = async (pool: number, caller = me()) => {
    try {
      return Object.keys((await pools.read(caller, pool))._generated_rights ?? {}).join(' ')
    } catch (error) {
      if (isDomainError(error) && error.code === 'RightRequired') return ''
      throw error
    }
  }
  return { pools, standard: standard.id, make, rightsOn, seed: seederOn(tenant) }
}

describe('rights on a pool', () => {
  it('come from its access list and from those above, until one cuts them off', async () => {
    const { standard, make, rightsOn } = await seeded()
    const upper = await make(standard, [grant(user(2), 'bag_read bag_create'), grant(group(4), 'bag_acl', { sticky: true })])
    const lower = await make(upper)
    const cut = await make(upper, [grant(user(2), 'bag_read')], { _private_acl: true })
    expect(await rightsOn(lower)).toBe('bag_read bag_create')
    expect(await rightsOn(lower, me({ groupIds: [4] }))).toBe('bag_read bag_acl bag_create')
    expect(await rightsOn(cut, me({ groupIds: [4] }))).toBe('bag_read bag_acl')
    expect(await rightsOn(standard)).toBe('')
  })

  it('to delete bring those to change and to see along', async () => {
    const { standard, make, rightsOn } = await seeded()
    expect(await rightsOn(await make(standard, [grant(user(2), 'bag_delete')]))).toBe('bag_read bag_write bag_delete')
    expect(await rightsOn(await make(standard, [grant(user(2), 'bag_write')]))).toBe('bag_read bag_write')
  })

  it('do not follow from rights on records', async () => {
    const { standard, make, rightsOn } = await seeded()
    expect(await rightsOn(await make(standard, [grant(user(2), 'read write delete')]))).toBe('')
  })

  it('go to the owner, who may be a group, and to the contact, who may come from above', async () => {
    const { pools, standard, make, rightsOn } = await seeded()
    const ours = await make(standard, [], { _owner: group(4) })
    expect(await rightsOn(ours, me({ groupIds: [4] }))).toBe('bag_read bag_write bag_delete bag_acl')
    expect(await rightsOn(ours)).toBe('')
    const [upper] = await pools.save(root, [doc({ _id_parent: standard, contact: user(2) })])
    expect(await rightsOn(await make(idOf(upper), [grant({ _pool_contact: true }, 'bag_read')]))).toBe('bag_read')
    expect(await rightsOn(await make(standard, [grant({ _owner: true }, 'bag_create')], { _owner: user(2) }))).toContain('bag_create')
    expect(await rightsOn(await make(standard, [grant({ _owner: true }, 'bag_read')]))).toBe('')
  })

  it('last as long as the entry that gives them, and follow its preset', async () => {
    const { standard, make, rightsOn, seed } = await seeded()
    await seed.preset(3, { rights: { bag_write: {} } })
    expect(await rightsOn(await make(standard, [grant(user(2), 'bag_read', { when: { to: '2026-05-31' } })]))).toBe('')
    expect(await rightsOn(await make(standard, [grant(user(2), 'bag_read', { active: false })]))).toBe('')
    expect(await rightsOn(await make(standard, [grant(user(2), 'bag_read', { _right_preset: 3 })]))).toBe('bag_read bag_write')
    expect(await rightsOn(await make(standard, [grant(user(2), 'bag_read', { _right_preset: 4 })]))).toBe('')
  })

  it('decide which pools are listed', async () => {
    const { pools, standard, make } = await seeded()
    const seen = await make(standard, [grant(user(2), 'bag_read')])
    await make(standard)
    const below = await make(seen)
    expect((await pools.list(me(), { limit: 10, offset: 0 })).map(idOf)).toEqual([seen, below])
    expect((await pools.list(me(), { limit: 1, offset: 1 })).map(idOf)).toEqual([below])
  })
})

describe('changing a pool', () => {
  it('takes the right to change it, and another one for its access list', async () => {
    const { pools, standard, make } = await seeded()
    const acl = [grant(user(2), 'bag_write')]
    const pool = await make(standard, acl)
    const [saved] = await pools.save(me(), [doc({ _id: pool, _version: 2, name: { 'en-US': 'New' } })])
    expect(saved?.pool.name).toEqual({ 'en-US': 'New' })
    for (const around of [{ _acl: [] }, { _private_acl: true }])
      await expect(pools.save(me(), [doc({ _id: pool, _version: 3 }, around)])).rejects.toMatchObject({
        code: 'RightRequired',
        parameters: { right: 'bag_acl', rightdisplayname: 'Bag acl' },
      })
    // Sent back as it was, the list does not change.
    await pools.save(me(), [doc({ _id: pool, _version: 3 }, { _acl: saved?._acl ?? [] })])
  })

  it('takes the right to make pools where one is made or moved to', async () => {
    const { pools, standard, make } = await seeded()
    const open = await make(standard, [grant(user(2), 'bag_create')])
    const closed = await make(standard)
    const [mine] = await pools.save(me(), [doc({ _id_parent: open })])
    expect(mine?._owner).toEqual(user(2))
    const refused = { code: 'RightRequired', parameters: { right: 'bag_create' } }
    await expect(pools.save(me(), [doc({ _id: idOf(mine), _version: 2, _id_parent: closed })])).rejects.toMatchObject(refused)
    await expect(pools.save(me(), [doc({ _id_parent: closed })])).rejects.toMatchObject(refused)
  })

  it('keeps sticky entries that somebody else than root leaves out', async () => {
    const { pools, standard, make } = await seeded()
    const pool = await make(standard, [grant(user(2), 'bag_write bag_acl'), grant(group(4), 'read', { sticky: true })])
    const [saved] = await pools.save(me(), [doc({ _id: pool, _version: 2 }, { _acl: [grant(user(2), 'bag_write')] })])
    expect(saved?._acl?.map(({ who }) => who)).toEqual([user(2), group(4)])
    const [cleared] = await pools.save(root, [doc({ _id: pool, _version: 3 }, { _acl: [] })])
    expect(cleared?._acl).toEqual([])
  })
})

describe('deleting pools', () => {
  it('takes the right to delete each of them', async () => {
    const { pools, standard, make } = await seeded()
    const upper = await make(standard, [grant(user(2), 'bag_delete')])
    const cut = await make(upper, [], { _private_acl: true })
    await expect(pools.remove(me(), upper)).rejects.toMatchObject({ code: 'RightRequired', parameters: { right: 'bag_delete' } })
    await pools.remove(root, cut)
    await pools.remove(me(), upper)
    await expect(pools.read(root, upper)).rejects.toMatchObject({ code: 'ResourceNotFound' })
  })
})
