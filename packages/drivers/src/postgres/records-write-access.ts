/**
 * Tags and access lists of records as rows of their own, which lists of readable records start from. They follow the newest
 * state of a record, and are written in the transaction that writes it; the record is locked then.
 */
import type { GrantRow, TagRow } from '@vitrine/domain/access/record-rows'
import type { TenantSql } from './tenant-database.ts'

export async function replaceTags(sql: TenantSql, instanceId: string, changed: readonly number[], rows: readonly TagRow[]): Promise<void> {
  const steps: Promise<unknown>[] = []
  if (changed.length > 0)
    steps.push(sql`delete from record_tag where instance_id = ${instanceId} and system_id = any(${changed as number[]}::bigint[])`.execute())
  if (rows.length > 0) {
    const batch = sql.json(rows.map(({ tagId: g, tableId: t, systemId: s }) => ({ g, t, s })))
    steps.push(
      sql`
        insert into record_tag (instance_id, tag_id, table_id, system_id)
        select ${instanceId}, g, t, s from jsonb_to_recordset(${batch}) as i(g bigint, t int, s bigint)`.execute(),
    )
  }
  await Promise.all(steps)
}

export async function replaceGrants(sql: TenantSql, instanceId: string, changed: readonly number[], rows: readonly GrantRow[]): Promise<void> {
  const steps: Promise<unknown>[] = []
  if (changed.length > 0)
    steps.push(sql`delete from record_grant where instance_id = ${instanceId} and system_id = any(${changed as number[]}::bigint[])`.execute())
  if (rows.length > 0) {
    const batch = sql.json(
      rows.map(({ systemId: s, position: p, userId: u, groupId: g, role: r, sticky: k, data: d }) => ({ s, p, u, g, r, k, d })) as never,
    )
    steps.push(
      sql`
        insert into record_grant (instance_id, system_id, position, user_id, group_id, role, sticky, data)
        select ${instanceId}, s, p, u, g, r, k, d
        from jsonb_to_recordset(${batch}) as i(s bigint, p int, u bigint, g bigint, r text, k boolean, d jsonb)`.execute(),
    )
  }
  await Promise.all(steps)
}
