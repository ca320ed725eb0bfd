/** That lists start from indexes: plans are looked at with statistics in place and nothing switched off. */
import type { ReadScope } from '@vitrine/domain/access/read-scope'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grant, group, person, scopeIn, seederOn, user } from './access.fixture.ts'
import { scopedRows } from './records-scope.ts'
import type { Statement } from './records-scope-sql.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

const RECORDS = 20_000
const ARTWORK = 3
const PLACE = 1
const page = { limit: 100, offset: 0 }

interface Who {
  readonly userId?: number
  readonly groupIds?: readonly number[]
}

let db: TestDatabase
let tenant: TenantDatabase
let access: (who: Who) => Promise<ReadScope>
let placeAccess: (who: Who) => Promise<ReadScope>

/** Pools 1 to 100 hold 200 records each, by turns; every hundredth record has tag 1, most have tag 2; others own all but one. */
async function fill(): Promise<void> {
  const id = tenant.instanceId
  const insert = (table: number, first: number) =>
    tenant.write(
      (sql) => sql`
        insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, owner_user, pool_id, tags, content)
        select ${id}, ${first}::bigint + n, ${table}::int, n, gen_random_uuid(), 1, 1, now(), now(), case when n = 19000 then 5 else 99 end,
          1 + n % 100, case when n % 100 = 50 then '{1,2}' when n % 10 < 8 then '{2}' else '{}' end::bigint[], '{}'
        from generate_series(1, ${RECORDS}) n`,
    )
  await insert(ARTWORK, 0)
  await insert(PLACE, 1_000_000)
  await tenant.write(async (sql) => {
    await sql`insert into record_tag (instance_id, tag_id, table_id, system_id) select instance_id, t, table_id, system_id from record, unnest(tags) t where instance_id = ${id}`
    await sql`
      insert into record_grant (instance_id, system_id, position, user_id, group_id, sticky, data)
      select instance_id, system_id, 0, case when object_id = 7 then 6 end, case when object_id <> 7 then 77 end, false, '{"read": true}'
      from record where instance_id = ${id} and table_id = ${PLACE} and object_id % 10 = 7`
  })
  const seed = seederOn(tenant)
  const everybody = group(1)
  await seed.pools(
    Array.from({ length: 100 }, (_, i) => ({ id: i + 1, acl: [grant(everybody, 'mask'), ...(i === 41 ? [grant(group(2), 'read')] : [])] })),
  )
  await seed.tags([
    { id: 1, acl: [grant(group(3), 'read')] },
    { id: 2, acl: [grant(group(4), 'read')] },
  ])
  await seed.collections([{ id: 1, acl: [grant(user(8), 'read')], holds: Array.from({ length: 200 }, (_, i) => (i + 1) * 97) }])
  await db.database.control.unsafe('analyze')
  const service = seed.service()
  const scope = (table: number) => async (who: Who) => {
    const groupIds = [1, ...(who.groupIds ?? [])]
    return scopeIn(await service.of(person({ userId: 50, ...who, groupIds })), table)
  }
  access = scope(ARTWORK)
  placeAccess = scope(PLACE)
}

beforeAll(async () => {
  db = await testDatabase()
  tenant = db.instance()
  await fill()
}, 120_000)
afterAll(() => db.close())

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Plans?: readonly Plan[]
}
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

/** Runs a page and answers how much it found, and which tables of records were read from end to end for it. */
async function looked(scope: ReadScope, table: number, at = page) {
  const plans: Plan[] = []
  const text = await tenant.read((sql) =>
    scopedRows(
      async <T>({ text: statement, values }: Statement) => {
        const [{ 'QUERY PLAN': explained }] = (await sql.unsafe(`explain (format json) ${statement}`, [...values])) as unknown as [
          { 'QUERY PLAN': [{ Plan: Plan }] },
        ]
        plans.push(...nodesOf(explained[0].Plan))
        return (await sql.unsafe(statement, [...values])) as unknown as readonly T[]
      },
      scope,
      { instanceId: tenant.instanceId, table, ...at },
    ),
  )
  const scans = plans
    .filter((node) => node['Node Type'] === 'Seq Scan')
    .map((node) => node['Relation Name'])
    .filter((name) => name?.startsWith('record'))
  return { count: text === '' ? 0 : text.split(',').length / 2, scans }
}

describe('a page of 20,000 records', () => {
  it.each([
    ['one, which is the own one', 1, { userId: 5 }],
    ['1 % by a pool', 200, { groupIds: [2] }],
    ['1 % by a tag', 200, { groupIds: [3] }],
    ['1 % by a collection', 200, { userId: 8 }],
    ['most of them by a tag', 1000, { groupIds: [4] }],
    ['none', 0, {}],
  ] as const)('goes through no table from end to end for somebody who may read %s', async (_, count, who) => {
    const scope = await access(who)
    for (const limit of [100, 1000]) {
      const found = await looked(scope, ARTWORK, { limit, offset: 0 })
      expect(found).toMatchObject({ count: Math.min(count, limit), scans: [] })
    }
  })

  it('goes through no table from end to end where records have lists of their own', async () => {
    const found = await looked(await placeAccess({ userId: 6 }), PLACE)
    expect(found).toMatchObject({ count: 1, scans: [] })
  })
})
