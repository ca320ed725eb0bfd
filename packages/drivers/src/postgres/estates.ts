/**
 * What somebody owns who is removed goes to the user who stands for all of those, in a handful of statements of the same
 * transaction. Pools lose them as their contact. Versions of records keep the owner they had; entries of access lists and workflow
 * rules that name the removed stay and mean nobody.
 */
import { topReference } from '@vitrine/domain/collections/collection'
import { savedEvents } from '@vitrine/domain/events/changed'
import type { EventActor } from '@vitrine/domain/events/new-event'
import { insertEvents } from './events-insert.ts'
import { lockPools } from './pools.ts'
import type { TenantSql } from './tenant-database.ts'

export interface Estate {
  readonly kind: 'user' | 'group'
  readonly id: number
  /** Reference of the heir. */
  readonly heir: string
}

interface Given {
  readonly id: number
  readonly version: number
}

interface Passing extends Estate {
  readonly sql: TenantSql
  readonly instance: string
  readonly heirId: number
}

/** To be followed by the removal itself. The caller raises the revision of the settings once shares have been judged anew. */
export async function passOn(sql: TenantSql, instance: string, estate: Estate, actor: EventActor | null): Promise<void> {
  // Pools and collections are written back as a whole by those who change them, so nobody may be about to do so.
  await lockPools(sql, instance)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`collections of ${instance}`}, 0))`
  const [heir] = await sql<{ id: number }[]>`select id::float8 as id from app_user where instance_id = ${instance} and reference = ${estate.heir}`
  if (!heir) throw new Error(`the user ${estate.heir} that every instance has is missing`)
  const passing = { ...estate, sql, instance, heirId: heir.id }
  await passRecords(passing)
  await lockOwner(passing)
  // Whoever was about to store a record for the owner held the row that is locked now: nothing more can follow.
  await passRecords(passing)
  if (estate.kind === 'user') await passCollections(passing)
  const events = [
    ...savedEvents('POOL', await passPools(passing)),
    ...savedEvents('GROUP', await passPeople(passing, 'app_group')),
    ...savedEvents('USER', await passPeople(passing, 'app_user')),
  ]
  await insertEvents(sql, instance, events, actor)
}

async function passRecords({ sql, instance, kind, id, heirId }: Passing): Promise<void> {
  if (kind === 'user') await sql`update record set owner_user = ${heirId} where instance_id = ${instance} and owner_user = ${id}`
  else await sql`update record set owner_user = ${heirId}, owner_group = null where instance_id = ${instance} and owner_group = ${id}`
}

async function lockOwner({ sql, instance, kind, id }: Passing): Promise<void> {
  if (kind === 'user') await sql`select from app_user where instance_id = ${instance} and id = ${id} for update`
  else await sql`select from app_group where instance_id = ${instance} and id = ${id} for update`
}

/** The user's own collection is nobody's place any more: as an ordinary one it can be moved and removed. */
async function passCollections({ sql, instance, id, heirId }: Passing): Promise<void> {
  await sql`
    update collection set owner_user = ${heirId}, is_system = is_system and reference is distinct from ${topReference(id)},
      reference = nullif(reference, ${topReference(id)})
    where instance_id = ${instance} and owner_user = ${id}`
}

/** Answers the pools that changed. */
async function passPools({ sql, instance, kind, id, heirId }: Passing): Promise<Given[]> {
  const named = { [kind]: { _id: id } }
  const [owner, contact] = [sql.json({ _settings: { _owner: named } }), sql.json({ contact: named })]
  return sql<Given[]>`
    update pool set version = version + 1, updated_at = now(),
      data = case when data @> ${owner}::jsonb then jsonb_set(data, '{_settings,_owner}', ${sql.json(userOf(heirId))}::jsonb) else data end
        - case when data @> ${contact}::jsonb then 'contact' else '' end
    where instance_id = ${instance} and (data @> ${owner}::jsonb or data @> ${contact}::jsonb) returning id::float8 as id, version`
}

async function passPeople({ sql, instance, kind, id, heirId }: Passing, table: 'app_user' | 'app_group'): Promise<Given[]> {
  const self = table === `app_${kind}` ? id : 0
  return sql<Given[]>`
    update ${sql.unsafe(table)} set version = version + 1, updated_at = now(),
      data = jsonb_set(data, '{_owner}', ${sql.json(userOf(heirId))}::jsonb)
    where instance_id = ${instance} and data @> ${sql.json({ _owner: { [kind]: { _id: id } } })}::jsonb and id <> ${self}
    returning id::float8 as id, version`
}

const userOf = (id: number) => ({ _basetype: 'user', user: { _id: id } })
