import {
  collectionTarget,
  Gatherer,
  linkToCollection,
  recheckChanged,
  type CollectionPolicy,
  type WantedRecord,
} from '@vitrine/domain/collections/collection-records'
import type { CollectionTransaction } from '@vitrine/domain/collections/collection-store'
import { recheckCollections, switchBroken } from '@vitrine/domain/collections/recheck-collections'
import { NeedsDecision } from '@vitrine/domain/dialogue/dialogue'
import { isDomainError } from '@vitrine/domain/errors'
import type { Caller } from '@vitrine/domain/people/caller'
import type { Grant } from '@vitrine/domain/people/stored-grants'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grant, listedDatamodel, person, seederOn, user } from './access.fixture.ts'
import { PostgresCollections } from './collections.ts'
import { PostgresCounters } from './counters.ts'
import { PostgresRecordWrites } from './records-write.ts'
import { rootCaller } from './records-write.fixture.ts'
import type { TenantSql } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const datamodel = listedDatamodel()
const table = datamodel.model.tables.get(3)
const now = new Date()
const [ANNA, BEN, CARLA] = [2, 3, 4]
const anna = person({ userId: ANNA, displayname: 'anna' })
const ben = person({ userId: BEN, displayname: 'ben' })
const grantable = (who: number): Grant => ({ who: user(who), rights: { read: { _grantable: true } } })

/** Records 1 to 3 in pool 7, where anna may pass `read` on; record 4 in pool 8, where she may not. */
async function setup() {
  const tenant = db.instance()
  const id = tenant.instanceId
  const seed = seederOn(tenant)
  await tenant.write(
    (sql) => sql`
      insert into app_user (instance_id, id, version, type, reference, data, system_rights)
      select ${id}, u, 1, 'easydb', case when u = 1 then 'system:root' end, '{}', case when u = 1 then '{"system.root": {}}'::jsonb else '{}' end
      from generate_series(1, 4) as u`,
  )
  await seed.pools([
    { id: 7, acl: [grantable(ANNA), grant(user(ANNA), 'create')] },
    { id: 8, acl: [grant(user(ANNA), 'read')] },
  ])
  await seed.records([1, 2, 3, 4].map((systemId) => ({ systemId, poolId: systemId === 4 ? 8 : 7 })))
  const store = new PostgresCollections(tenant)
  const counters = new PostgresCounters(tenant)
  const service = seed.service()
  /** A collection of anna's below her own. */
  const make = async (collectionId: number, more: { acl?: Grant[]; holds?: number[]; data?: object } = {}) =>
    tenant.write(async (sql) => {
      await sql`
        insert into collection (instance_id, id, version, uuid, owner_user, acl, data)
        values (${id}, ${collectionId}, 1, gen_random_uuid(), ${ANNA}, ${more.acl ? sql.json(more.acl as never) : null}, ${sql.json((more.data ?? {}) as never)})`
      for (const [i, systemId] of (more.holds ?? []).entries())
        await sql`
          insert into collection_object (instance_id, collection_id, global_object_id, system_id, position)
          values (${id}, ${collectionId}, ${`${systemId}@local`}, ${systemId}, ${i})`
    })
  const work = async (caller: Caller) => ({ caller, access: await service.of(caller), datamodel, now })
  const inSave = <T>(run: (tx: CollectionTransaction) => Promise<T>) => new PostgresRecordWrites(tenant).transaction((tx) => run(tx.collections))
  const content = async (collectionId: number) =>
    (
      await tenant.read(
        (sql) => sql<{ systemId: number; invalid: boolean }[]>`
          select system_id::int as "systemId", invalid from collection_object
          where instance_id = ${id} and collection_id = ${collectionId} order by position`,
      )
    ).map(({ systemId, invalid }) => (invalid ? -systemId : systemId))
  const isOff = async (collectionId: number) => {
    const [row] = await tenant.read(
      (sql) => sql<{ off: boolean }[]>`select invalid_acl as off from collection where instance_id = ${id} and id = ${collectionId}`,
    )
    return row?.off
  }
  const move = (systemId: number, poolId: number) =>
    tenant.write((sql) => sql`update record set pool_id = ${poolId} where instance_id = ${id} and system_id = ${systemId}`)
  return { tenant, id, seed, store, counters, service, make, work, inSave, content, isOff, move }
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (isDomainError(error) ? error.code : Promise.reject(error as Error)),
  )
const wanted = (more: Partial<WantedRecord> = {}): WantedRecord => ({ tableId: 3, maskId: null, poolId: 7, isNew: true, ...more })

describe('saving into a collection', () => {
  it('appends the new records where the caller may link them', async () => {
    const { make, inSave, work, content } = await setup()
    await make(20, { holds: [3], acl: [grant(user(BEN), 'bag_read')] })
    const mine = await work(anna)
    const count = await inSave(async (tx) => linkToCollection(tx, await collectionTarget(tx, 20, [wanted()], mine), [1, 2], mine))
    expect([count, await content(20)]).toEqual([0, [3, 1, 2]])
    const others = await work(ben)
    expect(await code(inSave((tx) => collectionTarget(tx, 20, [wanted()], others)))).toBe('RightRequired')
    expect(await code(inSave((tx) => collectionTarget(tx, 99, [wanted()], others)))).toBe('ObjectNotFound')
  })

  it('keeps to the settings of a collection that has some, and needs no other right than the one for it', async () => {
    const { make, inSave, work, content } = await setup()
    const data = { create_object: { objecttype: table?.name, pool_id: 7, mask_id: 5 } }
    await make(20, { data, acl: [grant(user(BEN), 'bag_read create_in_collection')] })
    const bens = await work(ben)
    const good = wanted({ maskId: 5 })
    const target = await inSave((tx) => collectionTarget(tx, 20, [good], bens))
    expect(target.upload).toMatchObject({ ownerUser: ANNA, settings: { pool_id: 7 } })
    for (const bad of [{ isNew: false }, { tableId: 1 }, { maskId: 6 }, { poolId: 8 }])
      expect([bad, await code(inSave((tx) => collectionTarget(tx, 20, [good, { ...good, ...bad }], bens)))]).toEqual([bad, 'SchemaInconsistent'])
    await inSave(async (tx) => linkToCollection(tx, await collectionTarget(tx, 20, [good], bens), [1], bens))
    expect(await content(20)).toEqual([1])
  })

  it('makes nothing that the owner of the collection could not make', async () => {
    const { make, inSave, work } = await setup()
    await make(20, { data: { create_object: { objecttype: table?.name, pool_id: 8 } }, acl: [grant(user(BEN), 'bag_read create_in_collection')] })
    const bens = await work(ben)
    expect(await code(inSave((tx) => collectionTarget(tx, 20, [wanted({ poolId: 8 })], bens)))).toBe('CollectionObjectInsufficientRights')
  })

  it('tells how many shared lists it would switch off', async () => {
    const { make, inSave, work, isOff } = await setup()
    await make(20, { acl: [grant(user(BEN), 'bag_read read')] })
    const mine = await work(anna)
    const count = await inSave(async (tx) => linkToCollection(tx, await collectionTarget(tx, 20, [wanted({ poolId: 8 })], mine), [4], mine))
    expect([count, await isOff(20)]).toEqual([1, true])
  })
})

describe('changing records that are in collections', () => {
  it('switches a list off when its owner may not share a record any more', async () => {
    const { make, inSave, work, isOff, move } = await setup()
    await make(20, { holds: [1, 2], acl: [grant(user(BEN), 'bag_read read')] })
    await make(21, { holds: [3], acl: [grant(user(BEN), 'bag_read read')] })
    const mine = await work(anna)
    expect(await inSave((tx) => recheckChanged(tx, [1, 3], null, mine))).toBe(0)
    await move(1, 8)
    expect(await code(inSave(async (tx) => recheckChanged(tx, [1], null, await Promise.resolve(await work(ben)))))).toBe(
      'CollectionObjectInsufficientRights',
    )
    expect(await inSave((tx) => recheckChanged(tx, [1], null, mine))).toBe(1)
    expect([await isOff(20), await isOff(21)]).toEqual([true, false])
    expect(await inSave((tx) => recheckChanged(tx, [1], null, mine))).toBe(0)
  })

  it.each<[CollectionPolicy, number[]]>([
    ['setinvalid', [-1, 2, -3]],
    ['remove', [2]],
  ])('spares the list with the policy %s', async (policy, expected) => {
    const { make, inSave, work, isOff, move, content } = await setup()
    await make(20, { holds: [1, 2, 3], acl: [grant(user(BEN), 'bag_read read')] })
    await move(1, 8)
    await move(3, 8)
    const bens = await work(ben)
    expect(await inSave((tx) => recheckChanged(tx, [1, 2, 3], policy, bens))).toBe(0)
    expect([await isOff(20), await content(20)]).toEqual([false, expected])
  })

  it('gives up places in collections whose settings want another pool', async () => {
    const { make, inSave, work, content, move } = await setup()
    await make(20, { holds: [1, 2], data: { create_object: { objecttype: table?.name, pool_id: 7 } } })
    await move(1, 8)
    const roots = await work(rootCaller())
    await inSave((tx) => recheckChanged(tx, [1, 2], null, roots))
    expect(await content(20)).toEqual([1, 2])
    await inSave((tx) => recheckChanged(tx, [1, 2], 'remove', roots))
    expect(await content(20)).toEqual([2])
  })

  it('forgets records that are gone for good', async () => {
    const { make, inSave, content } = await setup()
    await make(20, { holds: [1, 2] })
    await inSave((tx) => tx.forget([1]))
    expect(await content(20)).toEqual([2])
  })
})

describe('the check of shared lists', () => {
  it('asks whether it may go on alone when it takes too long', async () => {
    const { make, inSave } = await setup()
    await make(20, { holds: [1], acl: [grant(user(BEN), 'bag_read read')] })
    const context = { caller: anna, model: datamodel.model, now, decision: { allowInvalidAcl: true, backgroundInvalidAcl: false, patienceMs: 0 } }
    const asked = await inSave((tx) => recheckCollections(tx, 'all', context)).then(
      () => null,
      (error: unknown) => error,
    )
    expect(asked).toBeInstanceOf(NeedsDecision)
    expect((asked as NeedsDecision).tasks[0]?.buttons[0]).toMatchObject({ name: 'background_invalid_acl', value: 'true' })
  })

  it('misses no record that comes in while the ground of its list goes', async () => {
    const { make, inSave, work, isOff, tenant, id, store } = await setup()
    const mine = await work(anna)
    const standing: number[] = []
    for (let round = 0; round < 10; round++) {
      const collectionId = 100 + round
      await make(collectionId, { acl: [grant(user(BEN), 'bag_read read')] })
      await tenant.write(
        (sql) =>
          sql`update pool set data = jsonb_set(data, '{_settings,_acl}', ${sql.json([grantable(ANNA)] as never)}) where instance_id = ${id} and id = 7`,
      )
      const push = inSave(async (tx) => linkToCollection(tx, await collectionTarget(tx, collectionId, [wanted()], mine), [1], mine))
      const revoke = store.change(async (tx) => {
        const sql = (tx as unknown as { sql: TenantSql }).sql
        await sql`update pool set data = jsonb_set(data, '{_settings,_acl}', '[]') where instance_id = ${id} and id = 7`.execute()
        await switchBroken(tx, 'all', { caller: null, model: datamodel.model, now })
      })
      const [pushed] = await Promise.allSettled([push, revoke])
      // Where the record came in first the list is off; otherwise anna could not put it there any more.
      if (pushed.status === 'fulfilled' && !(await isOff(collectionId))) standing.push(collectionId)
    }
    expect(standing).toEqual([])
  })

  it('looks at every record of a large collection, a part at a time', async () => {
    const { make, inSave, isOff, tenant, id } = await setup()
    await make(20, { acl: [grant(user(BEN), 'bag_read read')] })
    await tenant.write(async (sql) => {
      await sql`
        insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, pool_id, content)
        select ${id}, n, 3, n, gen_random_uuid(), 1, 1, now(), now(), case when n = 4321 then 8 else 7 end, '{}' from generate_series(1001, 6000) as n`
      await sql`
        insert into collection_object (instance_id, collection_id, global_object_id, system_id, position)
        select ${id}, 20, n || '@local', n, n from generate_series(1001, 6000) as n`
    })
    await inSave((tx) => switchBroken(tx, 'all', { caller: null, model: datamodel.model, now }))
    expect(await isOff(20)).toBe(true)
    await tenant.write((sql) => sql`update record set pool_id = 7 where instance_id = ${id} and system_id = 4321`)
    await inSave((tx) => switchBroken(tx, { collectionIds: [20] }, { caller: null, model: datamodel.model, now }))
    expect(await isOff(20)).toBe(false)
  })
})

describe('gathering records in a collection', () => {
  it('makes one below the collection of the caller, and shows it to nobody else', async () => {
    const { inSave, store, counters, content, tenant, id } = await setup()
    const gatherer = new Gatherer({ store, counters, clock: () => now })
    const gathering = await gatherer.prepare(ben)
    expect(await inSave((tx) => gatherer.gather(tx, gathering, { 'en-US': 'Linked' }, [2, 1]))).toBe(gathering.id)
    expect(await content(gathering.id)).toEqual([2, 1])
    const [made] = await store
      .read((source) => source.withAncestors({ ids: [gathering.id], references: [] }))
      .then((all) => all.filter((c) => c.id === gathering.id))
    expect(made).toMatchObject({ ownerUser: BEN, privateAcl: true, version: 1, fields: { displayname: { 'en-US': 'Linked' } } })
    const events = await tenant.read((sql) => sql`select type, object_id::int as "objectId" from event where instance_id = ${id}`)
    expect([...events]).toEqual([{ type: 'COLLECTION_INSERT', objectId: gathering.id }])
  })
})

describe('rights that come through a collection with a code', () => {
  it('are there for those who have stored the code', async () => {
    const { make, service, seed, tenant } = await setup()
    await make(20, { holds: [1], data: { pin_code: '1234' }, acl: [grant(user(CARLA), 'bag_read read')] })
    const subject = { systemId: 1, tableId: 3, poolId: 7, parentId: null, tags: [], ownerUser: 99, ownerGroup: null, privateAcl: false, acl: null }
    const rights = async (more: Partial<Caller>) => {
      const access = await service.of(person({ userId: CARLA, ...more }))
      return tenant.read(async (sql) => Object.keys((await access.rightsOn(seed.source(sql), [subject]))[0] ?? {}))
    }
    expect(await rights({})).toEqual([])
    expect(await rights({ pinCodes: [{ collection_id: 20, pin_code: 'wrong' }] })).toEqual([])
    expect(await rights({ pinCodes: [{ collection_id: 20, pin_code: '1234' }] })).toEqual(['read'])
  })
})
