/** What follows a change, put on its way in the transaction that stores it: three statements at most, however many records. */
import { mailsOf, messagesOf, namedRecipients, type FollowUpRecord, type Recipient } from '@vitrine/domain/workflow/follow-up-messages'
import type { FollowUpQueue } from '@vitrine/domain/workflow/rejection'
import type { FollowUp } from '@vitrine/domain/workflow/workflow'
import { queueMails } from './jobs.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'
import { queueWebhookMessages } from './webhooks-queue.ts'

/** Those who are archived or have no address get nothing. */
export async function queueFollowUps(sql: TenantSql, instance: string, followUps: readonly FollowUp[], records: readonly FollowUpRecord[]) {
  if (followUps.length === 0) return
  const { users, groups } = namedRecipients(followUps)
  const people = users.length + groups.length > 0 ? await recipients(sql, instance, users, groups) : []
  await queueMails(sql, mailsOf(followUps, records, people))
  await queueWebhookMessages(sql, instance, messagesOf(followUps, records))
}

const recipients = (sql: TenantSql, instance: string, users: readonly number[], groups: readonly number[]): Promise<Recipient[]> =>
  sql<Recipient[]>`
    select u.id::float8 as id, u.email, coalesce(nullif(u.data ->> 'frontend_language', ''), 'en-US') as language,
      array(select m.group_id::float8 from membership m
        where m.instance_id = ${instance} and m.user_id = u.id and m.group_id = any(${[...groups]}::bigint[])) as groups
    from app_user u
    where u.instance_id = ${instance} and u.archived_at is null and coalesce(u.email, '') <> ''
      and (u.id = any(${[...users]}::bigint[]) or u.id in (
        select user_id from membership where instance_id = ${instance} and group_id = any(${[...groups]}::bigint[])))
    order by u.id`.execute()

/** For whoever has follow-ups and no transaction to give them in. */
export class PostgresFollowUps implements FollowUpQueue {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  add(followUps: readonly FollowUp[], records: readonly FollowUpRecord[]): Promise<void> {
    return this.#db.write((sql) => queueFollowUps(sql, this.#db.instanceId, followUps, records))
  }
}
