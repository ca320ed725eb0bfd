/**
 * Transactions that meet on the same records wait for each other in one order. A circle would not be seen by a client, since the
 * transaction that the database gives up runs again; it is seen here by how often each of them has run.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { RecordTransaction, UniqueRow } from '@vitrine/domain/objects/write-store'
import { NO_ROW } from '@vitrine/domain/objects/content'
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

describe('saves that swap unique values', () => {
  const row = (fromId: number, digit: string): UniqueRow => ({ key: 'k', digest: digit.repeat(64), fromId, rowUuid: NO_ROW })

  it('take what they give up and what they want in one order', async () => {
    const tenant = await records(3)
    await runs(tenant, (tx) => tx.replaceUniques([], [row(1, 'a'), row(2, 'b')]))
    // Both come as far as a value that a third one may be about to have, and wait there until it gives up.
    const isHeld = Promise.withResolvers<void>()
    const third = runs(tenant, async (tx) => {
      await tx.replaceUniques([], [row(3, '0'), row(3, '1')])
      isHeld.resolve()
      await waiting(2)
      throw new GivenUp()
    })
    await isHeld.promise
    const swap = (fromId: number, digits: readonly string[]) =>
      runs(tenant, (tx) =>
        tx.replaceUniques(
          [fromId],
          digits.map((digit) => row(fromId, digit)),
        ),
      )
    const swaps = Promise.all([swap(1, ['0', 'b']), swap(2, ['1', 'a'])])
    await expect(third).rejects.toThrow(GivenUp)
    expect(await swaps).toEqual([1, 1])
  })

  it('find them by index among many, also where nobody has counted them yet', async () => {
    const tenant = await records(20_000)
    const id = tenant.instanceId
    await tenant.write(async (sql) => {
      await sql`
        insert into record_unique (instance_id, key, value, from_id, row_uuid)
        select ${id}, 'k', decode(lpad(to_hex(n), 64, '0'), 'hex'), n, ${NO_ROW} from generate_series(1, 20000) n`
      const wanted = Array.from({ length: 500 }, (_, i) => ({ ...row(i + 1, '0'), digest: (i + 30_000).toString(16).padStart(64, '0') }))
      const changed = wanted.map(({ fromId }) => fromId)
      expect(await recordTransactionOn(sql, id).replaceUniques(changed, wanted)).toEqual([])
      expect(await sql`select relname from pg_stat_xact_user_tables where seq_scan > 0`).toHaveLength(0)
    })
  })
})

class GivenUp extends Error {}
