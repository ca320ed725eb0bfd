/**
 * What a user leaves behind goes to another one, whatever there is of it, in a handful of statements. Versions of records keep the
 * owner they had; entries of access lists, contacts of pools and workflow rules that name the user stay and mean nobody.
 */
import { topReference } from '@vitrine/domain/collections/collection'
import { savedEvents } from '@vitrine/domain/events/changed'
import type { EventActor } from '@vitrine/domain/events/new-event'
import { insertEvents } from './events-insert.ts'
import type { TenantSql } from './tenant-database.ts'

interface Given {
  readonly id: number
  readonly version: number
}

export async function giveToHeir(
  sql: TenantSql,
  instanceId: string,
  { id, heir }: { id: number; heir: string },
  actor: EventActor | null,
): Promise<void> {
  // Pools and collections are written back as a whole by those who change them, so nobody may be about to do so.
  for (const kind of ['pools', 'collections']) await sql`select pg_advisory_xact_lock(hashtextextended(${`${kind} of ${instanceId}`}, 0))`
  const [owner] = await sql<{ id: number }[]>`select id::float8 as id from app_user where instance_id = ${instanceId} and reference = ${heir}`
  if (!owner) throw new Error(`the user ${heir} that every instance has is missing`)
  await sql`update record set owner_user = ${owner.id} where instance_id = ${instanceId} and owner_user = ${id}`
  // The user's own collection is nobody's place any more: as an ordinary one it can be moved and removed.
  await sql`
    update collection set owner_user = ${owner.id}, is_system = is_system and reference is distinct from ${topReference(id)},
      reference = nullif(reference, ${topReference(id)})
    where instance_id = ${instanceId} and owner_user = ${id}`
  const owned = sql.json({ _owner: { user: { _id: id } } })
  const given = sql.json({ _basetype: 'user', user: { _id: owner.id } })
  const pools = await sql<Given[]>`
    update pool set data = jsonb_set(data, '{_settings,_owner}', ${given}::jsonb), version = version + 1, updated_at = now()
    where instance_id = ${instanceId} and data->'_settings' @> ${owned}::jsonb returning id::float8 as id, version`
  const groups = await sql<Given[]>`
    update app_group set data = jsonb_set(data, '{_owner}', ${given}::jsonb), version = version + 1, updated_at = now()
    where instance_id = ${instanceId} and data @> ${owned}::jsonb returning id::float8 as id, version`
  const users = await sql<Given[]>`
    update app_user set data = jsonb_set(data, '{_owner}', ${given}::jsonb), version = version + 1, updated_at = now()
    where instance_id = ${instanceId} and data @> ${owned}::jsonb and id <> ${id} returning id::float8 as id, version`
  await insertEvents(sql, instanceId, [...savedEvents('POOL', pools), ...savedEvents('GROUP', groups), ...savedEvents('USER', users)], actor)
}
