/** Messages to webhooks: the log of them, and what attempts have come to. */
import { uuidV7 } from '@vitrine/domain/instances/uuid-v7'
import type { NewEvent } from '@vitrine/domain/events/new-event'
import type { DeliveryState } from '@vitrine/domain/webhooks/webhook'
import type { DeliveryOutcome, DueDelivery, NewDelivery, StoredDelivery } from '@vitrine/domain/webhooks/webhook-store'
import { insertEvents } from './events-insert.ts'
import { enqueueJobs } from './jobs.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'
import { deliverJob } from './webhooks-queue.ts'

const COLUMNS = `d.id, d.state, d.attempts, d.event_id::float8 as "eventId", d.payload #>> '{event,type}' as "eventType", d.last_status as "lastStatus",
  d.last_error as "lastError", d.created_at as "createdAt", d.updated_at as "updatedAt"`
const FORGOTTEN_AT_ONCE = 5000

export function readDeliveries(db: TenantDatabase, webhookId: number, page: { state: DeliveryState | null; limit: number; offset: number }) {
  const { state, limit, offset } = page
  return db.read(async (sql) => {
    const matching = sql`d.instance_id = ${db.instanceId} and d.webhook_id = ${webhookId} and (${state}::text is null or d.state = ${state})`
    const [[{ count }], deliveries] = await Promise.all([
      sql<[{ count: number }]>`select count(*)::float8 as count from webhook_delivery d where ${matching}`,
      sql<StoredDelivery[]>`
        select ${sql.unsafe(COLUMNS)} from webhook_delivery d where ${matching} order by d.created_at desc, d.id desc limit ${limit} offset ${offset}`,
    ])
    return { count, deliveries: [...deliveries] }
  })
}

export function addDelivery(db: TenantDatabase, webhookId: number, { eventId, payload }: NewDelivery): Promise<StoredDelivery> {
  return db.write(async (sql) => {
    const [added] = await sql<[StoredDelivery]>`
      insert into webhook_delivery as d (instance_id, id, webhook_id, event_id, state, payload)
      values (${db.instanceId}, ${uuidV7()}, ${webhookId}, ${eventId}, 'pending', ${sql.json(payload as never)}) returning ${sql.unsafe(COLUMNS)}`
    await enqueueJobs(sql, [deliverJob(webhookId, added.id, 1)])
    return added
  })
}

export function sendAgain(db: TenantDatabase, webhookId: number, deliveryId: string): Promise<StoredDelivery | undefined> {
  return db.write(async (sql) => {
    const [again] = await sql<StoredDelivery[]>`
      update webhook_delivery d set state = 'pending', updated_at = now()
      where d.instance_id = ${db.instanceId} and d.webhook_id = ${webhookId} and d.id = ${deliveryId} returning ${sql.unsafe(COLUMNS)}`
    // One that waits has a job already; whichever comes first makes this attempt, the other finds it made.
    if (again) await enqueueJobs(sql, [deliverJob(webhookId, deliveryId, again.attempts + 1)])
    return again
  })
}

export async function forgetDeliveries(db: TenantDatabase, before: Date): Promise<void> {
  for (let removed = FORGOTTEN_AT_ONCE; removed === FORGOTTEN_AT_ONCE;) {
    const result = await db.write(
      (sql) => sql`
        delete from webhook_delivery where instance_id = ${db.instanceId} and id = any(array(
          select d.id from webhook w join webhook_delivery d on d.instance_id = w.instance_id and d.webhook_id = w.id
          where w.instance_id = ${db.instanceId} and d.created_at < ${before} and d.updated_at < ${before} and d.state <> 'pending'
          order by d.id limit ${FORGOTTEN_AT_ONCE} for update of d skip locked))`,
    )
    removed = result.count
  }
}

export async function dueDelivery(db: TenantDatabase, deliveryId: string): Promise<DueDelivery | undefined> {
  const [due] = await db.read(
    (sql) => sql<DueDelivery[]>`
      select d.id, d.state, d.attempts, d.event_id::float8 as "eventId", d.payload, jsonb_build_object('id', w.id, 'name', w.name, 'url', w.url,
        'secret', w.secret, 'active', w.active) as webhook
      from webhook_delivery d join webhook w on w.instance_id = d.instance_id and w.id = d.webhook_id
      where d.instance_id = ${db.instanceId} and d.id = ${deliveryId}`,
  )
  return due
}

export async function settleDelivery(db: TenantDatabase, delivery: DueDelivery, outcome: DeliveryOutcome): Promise<void> {
  const { webhook } = delivery
  await db.write(async (sql) => {
    // Webhook before message, as everywhere.
    if (outcome.switchOff)
      await sql`update webhook set active = false, version = version + 1, updated_at = now()
        where instance_id = ${db.instanceId} and id = ${webhook.id} and active and url = ${webhook.url}`
    const kept = await sql`
      update webhook_delivery set state = ${outcome.state}, attempts = ${outcome.attempt}, last_status = ${outcome.status}, last_error = ${outcome.error},
        updated_at = now()
      where instance_id = ${db.instanceId} and id = ${delivery.id} and state = 'pending' and attempts = ${outcome.attempt - 1}`
    if (kept.count === 0) return
    if (outcome.retrySeconds !== null) await enqueueJobs(sql, [deliverJob(webhook.id, delivery.id, outcome.attempt + 1, outcome.retrySeconds)])
    await insertEvents(sql, db.instanceId, eventsOf(delivery, outcome), null)
  })
}

/** The log of the instance hears of what was given up, and of messages of rules that have arrived. */
function eventsOf({ id, eventId, webhook }: DueDelivery, { state, status, error, attempt }: DeliveryOutcome): NewEvent[] {
  const info = {
    webhook: webhook.name,
    delivery: id,
    attempts: attempt,
    ...(eventId !== null && { event: eventId }),
    ...(status !== null && { status }),
  }
  if (state === 'failed') return [{ type: 'WEBHOOK_ERROR', info: { ...info, error } }]
  return state === 'done' && eventId === null ? [{ type: 'WEBHOOK', info }] : []
}

/** With the jobs that send them. An event that a webhook has had is passed over. */
export async function addDeliveries(
  sql: TenantSql,
  instanceId: string,
  deliveries: readonly (NewDelivery & { readonly webhookId: number })[],
): Promise<void> {
  const rows = deliveries.map((delivery) => ({ ...delivery, id: uuidV7() }))
  const added = await sql<{ id: string; webhook: string }[]>`
    insert into webhook_delivery (instance_id, id, webhook_id, event_id, state, payload)
    select ${instanceId}, r.id, r."webhookId", r."eventId", 'pending', r.payload
    from jsonb_to_recordset(${sql.json(rows as never)}::jsonb) as r(id uuid, "webhookId" bigint, "eventId" bigint, payload jsonb)
    on conflict (instance_id, webhook_id, event_id) do nothing returning id, webhook_id as webhook`
  await enqueueJobs(
    sql,
    added.map(({ id, webhook }) => deliverJob(webhook, id, 1)),
  )
}
