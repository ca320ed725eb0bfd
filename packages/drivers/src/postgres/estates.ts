/**
 * What somebody owns who is removed goes to the user who stands for all of those, in the same transaction. Pools lose them as
 * their contact. Lists of collections are judged anew: the heir may pass nothing on.
 */
import { raiseConfigRevision } from './config-revision.ts'
import { enqueueJobs } from './jobs.ts'
import { lockPools } from './pools.ts'
import type { TenantSql } from './tenant-database.ts'

export interface Estate {
  readonly kind: 'user' | 'group'
  readonly id: number
  /** Reference of the heir. */
  readonly heir: string
}

/** Ends with `remove`, which deletes whoever it is; answers whether there was anybody. */
export async function settleEstate(sql: TenantSql, instance: string, estate: Estate, remove: () => Promise<boolean>): Promise<boolean> {
  const [heir] = await sql<{ id: number }[]>`select id::float8 as id from app_user where instance_id = ${instance} and reference = ${estate.heir}`
  if (!heir) throw new Error(`there is no user ${estate.heir}`)
  const heirs = { sql, instance, estate, heirId: heir.id }
  await passRecords(heirs)
  await lockOwner(heirs)
  // Whoever was about to store a record for the owner held the row that is locked now: nothing more can follow.
  await passRecords(heirs)
  if (estate.kind === 'user') await passCollections(heirs)
  await passPools(heirs)
  return remove()
}

interface Heirs {
  readonly sql: TenantSql
  readonly instance: string
  readonly estate: Estate
  readonly heirId: number
}

async function passRecords({ sql, instance, estate: { kind, id }, heirId }: Heirs): Promise<void> {
  if (kind === 'user') await sql`update record set owner_user = ${heirId} where instance_id = ${instance} and owner_user = ${id}`
  else await sql`update record set owner_user = ${heirId}, owner_group = null where instance_id = ${instance} and owner_group = ${id}`
}

async function lockOwner({ sql, instance, estate: { kind, id } }: Heirs): Promise<void> {
  if (kind === 'user') await sql`select from app_user where instance_id = ${instance} and id = ${id} for update`
  else await sql`select from app_group where instance_id = ${instance} and id = ${id} for update`
}

/** The collection that every user has loses what made it that, so that it can be removed. */
async function passCollections({ sql, instance, estate: { id }, heirId }: Heirs): Promise<void> {
  const passed = await sql<{ id: number; shared: boolean }[]>`
    update collection set owner_user = ${heirId}, is_system = false, reference = case when is_system then null else reference end
    where instance_id = ${instance} and owner_user = ${id}
    returning id::float8 as id, coalesce(acl, '[]') <> '[]' and not invalid_acl as shared`
  if (passed.length > 0) await raiseConfigRevision(sql, instance)
  const lists = passed.filter(({ shared }) => shared).map((collection) => collection.id)
  if (lists.length > 0) await enqueueJobs(sql, [{ name: 'collections-check', payload: { lists } }])
}

async function passPools({ sql, instance, estate: { kind, id }, heirId }: Heirs): Promise<void> {
  const owner = sql.json({ _basetype: 'user', user: { _id: heirId } })
  await lockPools(sql, instance)
  const owned = await sql`
    update pool set data = jsonb_set(data, '{_settings,_owner}', ${owner}::jsonb)
    where instance_id = ${instance} and data #>> ${['_settings', '_owner', kind, '_id']}::text[] = ${String(id)}`
  const looked = await sql`
    update pool set data = data - 'contact' where instance_id = ${instance} and data #>> ${['contact', kind, '_id']}::text[] = ${String(id)}`
  if (owned.count + looked.count > 0) await raiseConfigRevision(sql, instance)
}
