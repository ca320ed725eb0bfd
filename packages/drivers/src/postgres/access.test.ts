import type { AccessSubject } from '@vitrine/domain/access/access'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complete, grant, person, seederOn, user, type RecordSeed } from './access.fixture.ts'
import { PostgresRecordWrites } from './records-write.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const me = user(2)

function instance() {
  const tenant = db.instance()
  const seed = seederOn(tenant)
  const namesOn = async (record: RecordSeed, access = seed.service(), who = person()) => {
    const { deleted: _, ...subject } = complete(record)
    const [rights] = await tenant.read(async (sql) => (await access.of(who)).rightsOn(seed.source(sql), [subject as AccessSubject]))
    return Object.keys(rights ?? {})
      .toSorted()
      .join(' ')
  }
  return { tenant, id: tenant.instanceId, seed, namesOn }
}

describe('rules in the database', () => {
  it('are read from pools, object types, tags, presets and collections', async () => {
    const { seed, namesOn } = instance()
    await seed.records([{ systemId: 1 }])
    await seed.pools([
      { id: 7, acl: [grant(me, 'read')] },
      { id: 8, parentId: 7, privateAcl: true, acl: [grant({ _pool_contact: true }, 'link')], contact: me },
    ])
    await seed.objecttypes([{ tableId: 3, acl: [grant(me, 'create')] }])
    await seed.tags([{ id: 5, acl: [grant(me, 'asset_show')] }])
    await seed.preset(4, { rights: { change_owner: {} } })
    await seed.pools([{ id: 9, acl: [grant(me, 'read', { _right_preset: 4 })] }])
    await seed.collections([
      { id: 1, acl: [grant(me, 'write')] },
      { id: 2, parentId: 1, holds: [1] },
    ])
    expect(await namesOn({ systemId: 2, poolId: 7 })).toBe('read')
    expect(await namesOn({ systemId: 2, poolId: 8 })).toBe('link')
    expect(await namesOn({ systemId: 2, poolId: 9 })).toBe('change_owner')
    expect(await namesOn({ systemId: 2, tags: [5] })).toBe('asset_show create')
    expect(await namesOn({ systemId: 1 })).toBe('create read write')
  })

  it('of one instance give nothing in another', async () => {
    const one = instance()
    const other = instance()
    await one.seed.pools([{ id: 7, acl: [grant(me, 'read')] }])
    await other.seed.pools([{ id: 7 }])
    expect(await one.namesOn({ systemId: 1, poolId: 7 })).toBe('read')
    expect(await other.namesOn({ systemId: 1, poolId: 7 })).toBe('')
  })

  it('change for the next request with a newer revision', async () => {
    const { seed, namesOn } = instance()
    const access = seed.service()
    expect(await namesOn({ systemId: 1, tags: [5] }, access, person({ configRevision: 0 }))).toBe('')
    await seed.tags([{ id: 5, acl: [grant(me, 'read')] }])
    expect(await namesOn({ systemId: 1, tags: [5] }, access, person({ configRevision: 1 }))).toBe('read')
  })

  it('do not count members that a collection holds as invalid', async () => {
    const { seed, namesOn } = instance()
    await seed.records([{ systemId: 1 }])
    await seed.collections([{ id: 1, acl: [grant(me, 'read')], holds: [{ systemId: 1, invalid: true }] }])
    expect(await namesOn({ systemId: 1 })).toBe('')
  })
})

describe('lists of the records above', () => {
  it('are found at any depth, and in a circle', async () => {
    const { seed, namesOn } = instance()
    const chain = Array.from({ length: 50 }, (_, i): RecordSeed => ({ systemId: i + 1, tableId: 1, parentId: i || null }))
    await seed.records(chain.map((record) => (record.systemId === 1 ? { ...record, acl: [grant(me, 'read')] } : record)))
    await seed.records([
      { systemId: 101, tableId: 1, parentId: 102, acl: [grant(me, 'write')] },
      { systemId: 102, tableId: 1, parentId: 101 },
    ])
    expect(await namesOn({ systemId: 50, tableId: 1, parentId: 49 })).toBe('read')
    expect(await namesOn({ systemId: 102, tableId: 1, parentId: 101 })).toBe('read write')
  })
})

describe('tags and access lists as rows', () => {
  it('are replaced for the records that changed, and only for those', async () => {
    const { tenant, id, seed } = instance()
    await seed.records([
      { systemId: 1, tableId: 1, tags: [4, 5], acl: [grant(me, 'read')] },
      { systemId: 2, tableId: 1, tags: [5], acl: [grant(me, 'read')] },
    ])
    await new PostgresRecordWrites(tenant).transaction(async (tx) => {
      await tx.replaceTags([1], [{ tagId: 6, tableId: 1, systemId: 1 }])
      await tx.replaceGrants([1], [])
    })
    const [tags, grants] = await tenant.read((sql) =>
      Promise.all([
        sql`select system_id::int, tag_id::int from record_tag where instance_id = ${id} order by 1, 2`,
        sql`select system_id::int, user_id::int, data from record_grant where instance_id = ${id} order by 1`,
      ]),
    )
    expect([...tags]).toEqual([
      { system_id: 1, tag_id: 6 },
      { system_id: 2, tag_id: 5 },
    ])
    expect([...grants]).toEqual([{ system_id: 2, user_id: 2, data: { read: true } }])
  })

  it('are asked about inside the transaction that writes them', async () => {
    const { tenant, seed } = instance()
    await seed.records([{ systemId: 1, tableId: 1, acl: [grant(me, 'read')] }])
    const above = await new PostgresRecordWrites(tenant).transaction((tx) => tx.access.ancestors([1]))
    expect(above.get(1)?.acl).toHaveLength(1)
  })
})
