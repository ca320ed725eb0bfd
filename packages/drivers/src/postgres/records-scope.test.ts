import { allowsMask, type AccessSubject } from '@vitrine/domain/access/access'
import type { ReadScope } from '@vitrine/domain/access/read-scope'
import type { Grant } from '@vitrine/domain/people/stored-grants'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complete, grant, group, person, scopeIn, seederOn, user, type ListSeed, type RecordSeed } from './access.fixture.ts'
import { scopedRows } from './records-scope.ts'
import { streamsStatement, walkStatement, type PageOf, type Statement } from './records-scope-sql.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

type Ask = Parameters<typeof scopedRows>[0]
type Way = (ask: Ask, scope: ReadScope, page: PageOf) => Promise<string>
const rowsOf = async (ask: Ask, statement: Statement) => (await ask<{ rows: string | null }>(statement))[0]?.rows ?? ''
/** All ways to a page, and what chooses between them with limits so small that it comes to each. */
const WAYS: Readonly<Record<string, Way>> = {
  walk: (ask, scope, page) => rowsOf(ask, walkStatement(scope, page, null)),
  'limited walk': (ask, scope, page) => rowsOf(ask, walkStatement(scope, page, 1000)),
  gather: (ask, scope, page) => rowsOf(ask, streamsStatement(scope, page)),
  choice: (ask, scope, page) => scopedRows(ask, scope, page, { perRecord: 1, atLeast: 1, gathered: 3 }),
}

async function idsIn(tenant: TenantDatabase, scope: ReadScope, table: number, page = { limit: 1000, offset: 0 }, way: Way = scopedRows) {
  const text = await tenant.read((sql) => {
    const ask: Ask = async <T>({ text: statement, values }: Statement) => (await sql.unsafe(statement, [...values])) as unknown as readonly T[]
    return way(ask, scope, { instanceId: tenant.instanceId, table, ...page })
  })
  return (JSON.parse(`[${text}]`) as number[]).filter((_, i) => i % 2 === 0)
}

// ---- random rules and records: few of everything, so that they meet

const some = <T>(...values: T[]) => fc.constantFrom(...values)
const tagIds = fc.uniqueArray(some(1, 2, 3), { maxLength: 2 })
const who = some<Grant['who']>(user(2), user(2), group(4), user(3), { _owner: true }, { _pool_contact: true })
const filter = fc.option(fc.record({ all: tagIds, any: tagIds, not: tagIds }, { requiredKeys: [] }), { freq: 2 })
const when = some<Grant['when']>(null, null, null, { to: '2020-01-01' }, { from: '2020-01-01' }, { from: '2999-01-01' })
const more = fc.record(
  { tagfilter: filter, sticky: fc.boolean(), active: some(true, true, true, false), when, _right_preset: some(null, null, null, 1, 2, 3) },
  { requiredKeys: [] },
)
const limited = some(
  {},
  {},
  { objecttype_ids: [1] },
  { objecttype_ids: [1, 3] },
  { mask_ids: { 1: ['standard'], 3: [1] } },
  { mask_ids: { 1: [7], 3: [] } },
)
const grants = (names: readonly string[], limits: fc.Arbitrary<object> = some({})) =>
  fc.array(
    fc.tuple(who, fc.uniqueArray(some(...names), { minLength: 1, maxLength: 2 }), limits, more).map(([principal, rights, limit, rest]) => {
      const granted = Object.fromEntries(rights.map((name) => [name, limit]))
      return { who: principal, rights: granted, ...rest } as Grant
    }),
    { maxLength: 2 },
  )
const masked = ['read', 'delete', 'mask', 'mask', 'change_owner']
const plain = ['read', 'write', 'asset_show']
const lists = (count: number, names: readonly string[], limits?: fc.Arbitrary<object>): fc.Arbitrary<ListSeed[]> =>
  fc
    .array(
      fc.record({
        acl: grants(names, limits),
        privateAcl: fc.boolean(),
        invalid: fc.boolean(),
        contact: some<Grant['who'] | null>(null, user(2), group(4), user(3)),
        above: fc.nat(count),
        holds: fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 4 }),
      }),
      { minLength: count, maxLength: count },
    )
    .map((seeds) => seeds.map(({ above, ...seed }, i) => ({ id: i + 1, parentId: above > 0 && above <= i ? above : null, ...seed })))
const recordSeeds = fc
  .array(
    fc.record({
      tableId: some(1, 1, 3),
      poolId: some<number | null>(null, 1, 2, 3),
      above: fc.nat(14),
      tags: tagIds,
      ownerUser: some<number | null>(2, 3, 3, 3, null),
      ownerGroup: some<number | null>(null, null, null, 4),
      privateAcl: some(true, false, false),
      acl: fc.option(grants(plain)),
      deleted: some(true, false, false, false, false),
    }),
    { minLength: 14, maxLength: 14 },
  )
  .map((seeds) =>
    seeds.map(({ above, ...seed }, i): RecordSeed => {
      // Records of a tree stand below earlier ones of their type; object ids run the other way, so that order is seen.
      const parentId = above > 0 && above <= i && seeds[above - 1]?.tableId === 1 && seed.tableId === 1 && !seeds[above - 1]?.deleted ? above : null
      return { systemId: i + 1, objectId: 100 - i, ...seed, parentId }
    }),
  )
const world = fc.record({
  pools: lists(3, masked, limited),
  collections: lists(3, plain),
  objecttypes: fc.tuple(grants(masked), grants(masked)),
  tags: fc.tuple(grants(plain), grants(plain), grants(plain)),
  presets: fc.tuple(filter, filter),
  records: recordSeeds,
  groupIds: some<number[]>([4], []),
})

describe('records in a scope', () => {
  it('are the ones that single questions call readable, by every way to a page', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ pools, collections, objecttypes, tags, presets, records, groupIds }) => {
        const tenant = db.instance()
        const seed = seederOn(tenant)
        await seed.records(records)
        await seed.pools(pools)
        await seed.collections(collections)
        await seed.objecttypes(objecttypes.map((acl, i) => ({ tableId: i === 0 ? 1 : 3, acl })))
        await seed.tags(tags.map((acl, i) => ({ id: i + 1, acl })))
        await seed.preset(1, { rights: { read: {}, mask: {} }, tagfilter: presets[0] })
        await seed.preset(2, { rights: { asset_show: {} }, tagfilter: presets[1] })
        const access = await seed.service().of(person({ groupIds }))
        for (const table of [1, 3]) {
          const subjects = records.map(complete).filter(({ deleted, tableId }) => !deleted && tableId === table)
          const rights = await tenant.read((sql) => access.rightsOn(seed.source(sql), subjects as unknown as AccessSubject[]))
          const isShown = (place: number, pool: number | null) => allowsMask(rights[place] ?? {}, table, { id: 1, isStandard: pool !== 2 })
          const readable = subjects.filter(({ poolId }, i) => rights[i]?.['read'] && isShown(i, poolId))
          const expected = readable.toSorted((a, b) => a.objectId - b.objectId).map(({ systemId }) => systemId)
          const scope = scopeIn(access, table)
          for (const [name, way] of Object.entries(WAYS)) {
            expect([name, ...(await idsIn(tenant, scope, table, { limit: 1000, offset: 0 }, way))]).toEqual([name, ...expected])
            expect([name, ...(await idsIn(tenant, scope, table, { limit: 2, offset: 1 }, way))]).toEqual([name, ...expected.slice(1, 3)])
          }
        }
      }),
      { numRuns: Number(process.env['VITRINE_SCOPE_RUNS'] ?? 40), endOnFailure: true },
    )
  }, 120_000)

  it('are none for somebody without rights, and for a mask that may be used nowhere', async () => {
    const tenant = db.instance()
    const seed = seederOn(tenant)
    await seed.records([{ systemId: 1, poolId: 1 }])
    await seed.pools([{ id: 1, acl: [grant(user(2), 'read')] }])
    const access = await seed.service().of(person())
    expect(await idsIn(tenant, scopeIn(access, 3), 3)).toEqual([])
  })

  it('of one instance never show in another', async () => {
    const [one, other] = [db.instance(), db.instance()]
    for (const tenant of [one, other]) await seederOn(tenant).pools([{ id: 1, acl: [grant(user(2), 'read mask')] }])
    await seederOn(one).records([{ systemId: 1, poolId: 1 }])
    await seederOn(other).records([{ systemId: 2, poolId: 1 }])
    const access = await seederOn(one).service().of(person())
    for (const way of Object.values(WAYS)) expect(await idsIn(one, scopeIn(access, 3), 3, undefined, way)).toEqual([1])
  })
})
