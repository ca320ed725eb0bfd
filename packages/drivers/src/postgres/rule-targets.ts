/** What workflow rules and lists of tags may name, asked by the transaction that stores them. */
import type { RuleTargets } from '@vitrine/domain/transitions/transition-store'
import type { TenantSql } from './tenant-database.ts'

/** To be asked under the lock of the documents: whoever takes a tag away looks through them, and waits for that lock. */
export async function readRuleTargets(sql: TenantSql, instance: string): Promise<RuleTargets> {
  const [row] = await sql<{ tags: number[]; webhooks: string[]; groups: number[] }[]>`
    select array(select id::float8 from tag where instance_id = ${instance}) as tags,
      array(select name from webhook where instance_id = ${instance}) as webhooks,
      array(select id::float8 from app_group where instance_id = ${instance} and type = 'system') as groups`
  return { tagIds: new Set(row?.tags), webhooks: new Set(row?.webhooks), systemGroups: new Set(row?.groups) }
}
