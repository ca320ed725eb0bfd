/**
 * One number per instance that grows with every change of pools, tags, workflow rules, presets, settings of object types and
 * access lists of collections. It is learnt with the token of a request, so that what is compiled from all of these can be
 * kept for as long as it is true.
 */
import type { TenantSql } from './tenant-database.ts'

export const CONFIG_REVISION = 'config_revision'

/** To be called in the transaction that changes one of them. */
export async function raiseConfigRevision(sql: TenantSql, instanceId: string): Promise<void> {
  await sql`
    insert into counter as c (instance_id, name, next) values (${instanceId}, ${CONFIG_REVISION}, 1)
    on conflict (instance_id, name) do update set next = c.next + 1`
}
