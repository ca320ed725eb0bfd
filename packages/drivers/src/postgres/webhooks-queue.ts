/** Messages to webhooks, put on their way in the transaction of whatever they tell of. */
import type { AnyJob } from '@vitrine/domain/jobs'
import { uuidV7 } from '@vitrine/domain/instances/uuid-v7'
import { enqueueJobs } from './jobs.ts'
import type { TenantSql } from './tenant-database.ts'

/** A message of a workflow rule, for the webhook that the rule names. */
export interface WebhookMessage {
  readonly webhook: string
  readonly payload: object
}

/** For the transaction that stores the change. A name that is not there any more, or is switched off, is called in vain. */
export async function queueWebhookMessages(sql: TenantSql, instanceId: string, messages: readonly WebhookMessage[]): Promise<void> {
  if (messages.length === 0) return
  const rows = messages.map(({ webhook, payload }) => ({ id: uuidV7(), webhook, payload }))
  const added = await sql<{ id: string; webhook: string }[]>`
    insert into webhook_delivery (instance_id, id, webhook_id, state, payload)
    select ${instanceId}, r.id, w.id, 'pending', r.payload from jsonb_to_recordset(${sql.json(rows as never)}::jsonb) as r(id uuid, webhook text, payload jsonb)
    join webhook w on w.instance_id = ${instanceId} and w.name = r.webhook and w.active
    returning id, webhook_id as webhook`.execute()
  await enqueueJobs(
    sql,
    added.map(({ id, webhook }) => deliverJob(webhook, id, 1)),
  )
}

/** Jobs of one webhook are a group: a receiver that is slow holds up its own messages only. */
export const deliverJob = (webhookId: number | string, delivery: string, attempt: number, delaySeconds = 0): AnyJob => ({
  name: 'webhook-deliver',
  payload: { delivery, attempt },
  group: `webhook ${webhookId}`,
  delaySeconds,
})
