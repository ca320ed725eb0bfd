import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deletionOf } from './records-delete.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const COUNT = 20_000
/** Record 1 has a thousand children, is linked from a thousand others, and is one of two parents of a thousand more. */
async function crowd(): Promise<TenantDatabase> {
  const tenant = db.instance()
  const id = tenant.instanceId
  await tenant.write(async (sql) => {
    await sql`
      insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, parent_id, parents, content)
      select ${id}, n, 1, n, gen_random_uuid(), 1, 1, now(), now(), case when n between 2 and 1001 then 1 end,
             case when n between 4001 and 5000 then array[1, 2]::bigint[] else '{}' end, '{}'
      from generate_series(1, ${COUNT}::int) n`
    await sql`
      insert into record_version (instance_id, system_id, version, schema_version, operation, saved_at, modified_at, content)
      select ${id}, n, 1, 1, 'INSERT', now(), now(), '{}' from generate_series(1, ${COUNT}::int) n`
    await sql`
      insert into record_link (instance_id, from_id, column_id, row_uuid, to_id)
      select ${id}, n, 1, '00000000-0000-0000-0000-000000000000', case when n <= 3000 then 1 else n - 1 end from generate_series(2001, ${COUNT}::int) n`
    await sql`
      insert into record_parent_link (instance_id, child_id, parent_id)
      select ${id}, n, p from generate_series(4001, 5000) n, unnest(array[1, 2]) p`
    await sql`
      insert into record_unique (instance_id, key, value, from_id, row_uuid)
      select ${id}, 'k', decode(lpad(to_hex(n), 64, '0'), 'hex'), n, '00000000-0000-0000-0000-000000000000' from generate_series(1, ${COUNT}::int) n`
  })
  return tenant
}

/** Tables that were read from end to end in this transaction. */
const scanned = async (sql: TenantSql) =>
  (await sql<{ name: string }[]>`select relname as name from pg_stat_xact_user_tables where seq_scan > 0 order by 1`).map(({ name }) => name)

class Undone extends Error {}
async function undone(tenant: TenantDatabase, run: (sql: TenantSql) => Promise<void>): Promise<void> {
  await tenant
    .write(async (sql) => {
      await run(sql)
      throw new Undone()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error
    })
}

describe('the statements of a deletion', () => {
  it('go by index among many records, also where nobody has counted them yet', async () => {
    const tenant = await crowd()
    await undone(tenant, async (sql) => {
      const tx = deletionOf(sql, tenant.instanceId)
      const removed = await tx.goingAlong([1], [], 50_000)
      expect(removed).toHaveLength(1001)
      expect(await tx.linkingTo(removed, 50_000)).toHaveLength(1000)
      expect(await tx.parentsBelow(removed)).toHaveLength(2000)
      expect(await tx.lockAffected(removed)).toHaveLength(1001)
      await tx.contents(removed)
      await tx.dropUniques([4001, 4002])
      await tx.dropParents([4001, 4002], [1])
      await tx.moveToTrash(removed.map((systemId) => ({ systemId, version: 2, savedBy: 1, comment: null })))
      const trashed = await tx.lockTrashed(1, [1, 2, 3])
      expect(trashed.map(({ systemId, version }) => [systemId, version])).toEqual([
        [1, 2],
        [2, 2],
        [3, 2],
      ])
      await tx.restore([
        { systemId: 1, version: 3, savedBy: 1, comment: null, schemaVersion: 1, modifiedAt: new Date(), poolId: null, systemTags: ['x'] },
      ])
      await tx.purge([2, 3])
      expect(await scanned(sql)).toEqual([])
    })
  })

  it('follow links to all ends, and stop at the limit', async () => {
    const tenant = await crowd()
    await undone(tenant, async (sql) => {
      const tx = deletionOf(sql, tenant.instanceId)
      // All that links to record 3000 one behind the other.
      expect(await tx.goingAlong([3000], null, 50_000)).toHaveLength(COUNT - 2999)
      expect(await tx.goingAlong([3000], null, 10)).toHaveLength(10)
      expect(await tx.goingAlong([3000], [2], 10)).toEqual([3000])
      expect(await tx.linkingTo([1], 7)).toHaveLength(7)
      expect(await scanned(sql)).toEqual([])
    })
  })
})

describe('unique values', () => {
  it('stay with whoever has them; of two wishes the older record has the first', async () => {
    const tenant = db.instance()
    const id = tenant.instanceId
    const row = (fromId: number, digest: string, rowUuid = '00000000-0000-0000-0000-000000000000') => ({
      key: 'k',
      digest: digest.repeat(64),
      fromId,
      rowUuid,
    })
    await undone(tenant, async (sql) => {
      await sql`
        insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, content)
        select ${id}, n, 1, n, gen_random_uuid(), 1, 1, now(), now(), '{}' from generate_series(1, 3) n`
      const tx = deletionOf(sql, id)
      expect(await tx.claimUniques([row(1, 'a')])).toEqual([])
      const inner = row(3, 'c', '00000000-0000-0000-0000-000000000001')
      const wishes = [row(3, 'b'), row(2, 'b'), row(2, 'a'), row(3, 'c'), inner]
      expect(await tx.claimUniques(wishes)).toEqual([row(3, 'b'), row(2, 'a'), inner])
    })
  })
})
