/** For tests of rights on real tables: records, rules and collections are put there as rows, briefly. */
import { AccessService } from '@vitrine/domain/access/access-service'
import { grantRowsOf, tagRowsOf } from '@vitrine/domain/access/record-rows'
import type { Caller } from '@vitrine/domain/people/caller'
import type { Grant } from '@vitrine/domain/people/stored-grants'
import { randomUUID } from 'node:crypto'
import { PostgresAccessRules } from './access-rules.ts'
import { PostgresAccessSource } from './access-source.ts'
import { raiseConfigRevision } from './config-revision.ts'
import { replaceGrants, replaceTags } from './records-write-access.ts'
import { rootCaller, testDatamodel } from './records-write.fixture.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

export interface RecordSeed {
  readonly systemId: number
  readonly tableId?: number
  readonly objectId?: number
  readonly poolId?: number | null
  readonly parentId?: number | null
  readonly tags?: readonly number[]
  readonly ownerUser?: number | null
  readonly ownerGroup?: number | null
  readonly privateAcl?: boolean
  readonly acl?: readonly Grant[] | null
  readonly deleted?: boolean
}
export interface ListSeed {
  readonly id: number
  readonly parentId?: number | null
  readonly acl?: readonly Grant[] | null
  readonly privateAcl?: boolean
  readonly invalid?: boolean
  readonly contact?: Grant['who'] | null
  readonly holds?: readonly (number | { readonly systemId: number; readonly invalid: true })[]
}

export const user = (_id: number): Grant['who'] => ({ _basetype: 'user', user: { _id } })
export const group = (_id: number): Grant['who'] => ({ _basetype: 'group', group: { _id } })
export const grant = (who: Grant['who'], rights: string, more: Partial<Grant> = {}): Grant => ({
  who,
  rights: Object.fromEntries(rights.split(' ').map((name) => [name, {}])),
  ...more,
})
export const person = (more: Partial<Caller> = {}): Caller => rootCaller({ userId: 2, systemRights: {}, root: false, ...more })

/** The datamodel of the tests of saving, with access lists on places. */
export function listedDatamodel() {
  const datamodel = testDatamodel()
  const tables = new Map([...datamodel.model.tables].map(([id, table]) => [id, table.name === 'place' ? { ...table, aclTable: true } : table]))
  return { ...datamodel, model: { ...datamodel.model, tables } }
}

export const complete = (seed: RecordSeed) => ({
  ...{ tableId: 3, objectId: seed.systemId, poolId: null, parentId: null, tags: [], ownerUser: 99, ownerGroup: null },
  ...{ privateAcl: false, acl: null, deleted: false, ...seed },
})

export function seederOn(tenant: TenantDatabase) {
  const id = tenant.instanceId
  const service = (now: () => Date = () => new Date()) =>
    new AccessService({
      rules: new PostgresAccessRules(tenant),
      datamodels: { committed: () => Promise.resolve(listedDatamodel()), currentVersion: () => Promise.resolve(1) },
      clock: now,
    })
  return {
    service,
    source: (sql: TenantSql) => new PostgresAccessSource(sql, id),
    records: (seeds: readonly RecordSeed[]) => tenant.write((sql) => insertRecords(sql, id, seeds)),
    pools: (seeds: readonly ListSeed[]) => tenant.write((sql) => insertPools(sql, id, seeds)),
    collections: (seeds: readonly ListSeed[]) => tenant.write((sql) => insertCollections(sql, id, seeds)),
    tags: (tags: readonly { readonly id: number; readonly acl: readonly Grant[] }[]) =>
      tenant.write(async (sql) => {
        await sql`insert into tag_group (instance_id, id, position, type, data) values (${id}, 1, 0, 'checkbox', '{}') on conflict do nothing`
        await sql`
          insert into tag (instance_id, id, group_id, version, position, data)
          select ${id}, t.id, 1, 1, 0, jsonb_build_object('_acl', t.acl) from jsonb_to_recordset(${sql.json(tags as never)}) as t(id bigint, acl jsonb)`
        await raiseConfigRevision(sql, id)
      }),
    objecttypes: (types: readonly { readonly tableId: number; readonly acl: readonly Grant[] }[]) =>
      tenant.write(async (sql) => {
        await sql`
          insert into objecttype_setting (instance_id, table_id, version, data)
          select ${id}, t."tableId", 1, jsonb_build_object('settings', jsonb_build_object('_acl', t.acl))
          from jsonb_to_recordset(${sql.json(types as never)}) as t("tableId" int, acl jsonb)`
        await raiseConfigRevision(sql, id)
      }),
    preset: (presetId: number, preset: object) =>
      tenant.write(async (sql) => {
        await sql`
          insert into right_preset (instance_id, id, context, version, data)
          values (${id}, ${presetId}, 'object', 1, ${sql.json({ preset } as never)})`
        await raiseConfigRevision(sql, id)
      }),
  }
}

async function insertRecords(sql: TenantSql, id: string, seeds: readonly RecordSeed[]): Promise<void> {
  const all = seeds.map(complete)
  const rows = all.map((seed) => ({ ...seed, uuid: randomUUID() }))
  await sql`
    insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, owner_user, owner_group,
                        pool_id, parent_id, tags, acl, private_acl, content, deleted_at)
    select ${id}, r."systemId", r."tableId", r."objectId", r.uuid, 1, 1, now(), now(), r."ownerUser", r."ownerGroup", r."poolId", r."parentId",
           r.tags, r.acl, r."privateAcl", '{}', case when r.deleted then now() end
    from jsonb_to_recordset(${sql.json(rows as never)}) as r("systemId" bigint, "tableId" int, "objectId" bigint, uuid uuid, "ownerUser" bigint,
      "ownerGroup" bigint, "poolId" bigint, "parentId" bigint, tags bigint[], acl jsonb, "privateAcl" boolean, deleted boolean)`
  const live = all.filter(({ deleted }) => !deleted)
  await replaceTags(sql, id, [], live.flatMap(tagRowsOf))
  await replaceGrants(sql, id, [], live.flatMap(grantRowsOf))
}

async function insertPools(sql: TenantSql, id: string, seeds: readonly ListSeed[]): Promise<void> {
  const rows = seeds.map(({ id: poolId, parentId = null, acl = [], privateAcl = false, contact = null }) => ({
    ...{ poolId, parentId },
    data: { contact, _settings: { _acl: acl, _private_acl: privateAcl } },
  }))
  await sql`
    insert into pool (instance_id, id, version, parent_id, data)
    select ${id}, p."poolId", 1, p."parentId", p.data from jsonb_to_recordset(${sql.json(rows as never)}) as p("poolId" bigint, "parentId" bigint, data jsonb)`
  await raiseConfigRevision(sql, id)
}

async function insertCollections(sql: TenantSql, id: string, seeds: readonly ListSeed[]): Promise<void> {
  const rows = seeds.map(({ id: own, parentId = null, acl = null, privateAcl = false, invalid = false }) => ({
    ...{ id: own, uuid: randomUUID(), parentId, acl, privateAcl, invalid },
  }))
  await sql`
    insert into collection (instance_id, id, version, parent_id, uuid, owner_user, acl, private_acl, invalid_acl, data)
    select ${id}, c.id, 1, c."parentId", c.uuid, 99, c.acl, c."privateAcl", c.invalid, '{}'
    from jsonb_to_recordset(${sql.json(rows as never)}) as c(id bigint, "parentId" bigint, uuid uuid, acl jsonb, "privateAcl" boolean, invalid boolean)`
  const members = seeds.flatMap(({ id: collection, holds = [] }) =>
    holds.map((member) => (typeof member === 'number' ? { collection, systemId: member, invalid: false } : { collection, ...member })),
  )
  await sql`
    insert into collection_object (instance_id, collection_id, global_object_id, system_id, position, invalid)
    select ${id}, m.collection, m."systemId" || '@local', m."systemId", m."systemId", m.invalid
    from jsonb_to_recordset(${sql.json(members)}) as m(collection bigint, "systemId" bigint, invalid boolean)`
  await raiseConfigRevision(sql, id)
}
