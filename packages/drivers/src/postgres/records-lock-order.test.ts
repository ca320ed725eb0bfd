/**
 * Transactions that meet on the same records wait for each other in one order. A circle would not be seen by a client, since the
 * transaction that the database gives up runs again; it is seen here by how often each of them has run.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { RecordTransaction } from '@vitrine/domain/objects/write-store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordTransactionOn } from './records-write.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

/** An instance with the records 1 to `count`. */
async function records(count: number): Promise<TenantDatabase> {
  const tenant = db.instance()
  await tenant.write(
    (sql) => sql`
      insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, content)
      select ${tenant.instanceId}, n, 1, n, gen_random_uuid(), 1, 1, now(), now(), '{}' from generate_series(1, ${count}::int) n`,
  )
  return tenant
}

/** Runs as a transaction and answers how many times it took. */
async function runs(tenant: TenantDatabase, run: (tx: RecordTransaction) => Promise<unknown>): Promise<number> {
  let times = 0
  await tenant.write((sql) => {
    times++
    return run(recordTransactionOn(sql, tenant.instanceId))
  })
  return times
}

/** Until so many wait for a lock. */
async function waiting(many: number): Promise<void> {
  const count = async () =>
    (await db.database.control`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).count
  while ((await count()) < many) await pause(10)
}

describe('a save and a deletion that meet', () => {
  it.each([
    ['before', 1, 2],
    ['behind', 2, 1],
  ])('pass each other when the save links to a deleted record %s the one it changes', async (_, target, changed) => {
    const tenant = await records(2)
    const isLocked = Promise.withResolvers<void>()
    const save = runs(tenant, async (tx) => {
      await tx.lockForChange([changed])
      isLocked.resolve()
      await waiting(1)
      expect(await tx.lockTargets([target])).toEqual([target])
    })
    await isLocked.promise
    const deletion = runs(tenant, async (tx) => expect(await tx.lockAffected([1, 2])).toHaveLength(2))
    expect(await Promise.all([save, deletion])).toEqual([1, 1])
  })
})
