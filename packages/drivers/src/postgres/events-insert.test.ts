import type { NewEvent } from '@vitrine/domain/events/new-event'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertEvents } from './events-insert.ts'
import { PostgresRecordWrites } from './records-write.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const rowsOf = (tenant: TenantDatabase) =>
  tenant.read((sql) => sql<Record<string, unknown>[]>`select * from event where instance_id = ${tenant.instanceId} order by seq`)
const mia = { userId: 7, displayname: 'Mia', remoteAddr: '192.0.2.1' }

describe('writing events', () => {
  it('keeps their order and everything they say, with who did it and no number yet', async () => {
    const tenant = db.instance()
    const events: NewEvent[] = [
      { type: 'OBJECT_INSERT', basetype: 'object', objecttype: 'artwork', objectId: 3, objectVersion: 1, systemObjectId: 12, schemaVersion: 4 },
      { type: 'OBJECT_UPDATE', basetype: 'object', systemObjectId: 11, globalObjectId: '11@museum', info: { standard: { '1': 'Harbour' } } },
      { type: 'DETAIL_VIEW', info: { page: '\u{1F3DB} "quoted"' } },
    ]
    const places = await tenant.write((sql) => insertEvents(sql, tenant.instanceId, events, mia))
    const rows = await rowsOf(tenant)
    expect(rows.map(({ seq }) => Number(seq))).toEqual(places)
    expect(rows).toMatchObject([
      {
        type: 'OBJECT_INSERT',
        id: null,
        pollable: true,
        objecttype: 'artwork',
        object_id: '3',
        object_version: 1,
        system_object_id: '12',
        schema_version: 4,
      },
      { type: 'OBJECT_UPDATE', global_object_id: '11@museum', info: { standard: { '1': 'Harbour' } }, user_id: '7', user_displayname: 'Mia' },
      { type: 'DETAIL_VIEW', pollable: false, info: { page: '\u{1F3DB} "quoted"' }, user_id: null, user_displayname: null, remote_addr: null },
    ])
    expect(rows[0]).toMatchObject({ user_id: '7', remote_addr: '192.0.2.1', basetype: 'object' })
    expect(rows[0]?.['at']).toBeInstanceOf(Date)
  })

  it('is one statement for thousands of them, and none for none', async () => {
    const tenant = db.instance()
    const events = Array.from({ length: 5000 }, (_, i): NewEvent => ({ type: 'POOL_UPDATE', basetype: 'pool', objectId: i + 1 }))
    const places = await tenant.write((sql) => insertEvents(sql, tenant.instanceId, events, null))
    expect((await rowsOf(tenant)).map((row) => Number(row['object_id']))).toEqual(events.map((event) => event.objectId))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(await tenant.write((sql) => insertEvents(sql, tenant.instanceId, [], null))).toEqual([])
  })

  it('goes with the change that it tells of', async () => {
    const tenant = db.instance()
    const records = new PostgresRecordWrites(tenant)
    const event: NewEvent = { type: 'OBJECT_DELETE', basetype: 'object', systemObjectId: 1 }
    const broken = records.transaction(async (tx) => {
      await tx.recordEvents([event], mia)
      throw new Error('changed my mind')
    })
    await expect(broken).rejects.toThrow('changed my mind')
    expect(await rowsOf(tenant)).toEqual([])
    await records.transaction((tx) => tx.recordEvents([event], null))
    expect(await rowsOf(tenant)).toMatchObject([{ type: 'OBJECT_DELETE', user_id: null }])
  })
})
