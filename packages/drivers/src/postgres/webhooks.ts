/**
 * Webhooks of one instance. Whoever saves webhooks and whoever hands out events take the same lock, so that a round either sees
 * a webhook that is being switched on, or has its successor added by the one who switches it on.
 */
import { fail } from '@vitrine/domain/errors'
import type { DeliveryState, StoredWebhook, Webhook } from '@vitrine/domain/webhooks/webhook'
import type { DeliveryOutcome, DueDelivery, HandOut, NewDelivery, WebhookStore } from '@vitrine/domain/webhooks/webhook-store'
import { violatedConstraint } from './failures.ts'
import { overtaken } from './groups.ts'
import { enqueueJobs } from './jobs.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'
import { addDeliveries, addDelivery, dueDelivery, forgetDeliveries, readDeliveries, sendAgain, settleDelivery } from './webhooks-deliveries.ts'

const COLUMNS = `id::float8 as id, version, name, active, url, secret, cursor::float8 as cursor, data, created_at as "createdAt", updated_at as "updatedAt"`

export class PostgresWebhooks implements WebhookStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  list(): Promise<StoredWebhook[]> {
    return this.#read((sql) => sql`where instance_id = ${this.#db.instanceId} order by name collate "C"`)
  }

  find(ids: readonly number[]): Promise<StoredWebhook[]> {
    return this.#read((sql) => sql`where instance_id = ${this.#db.instanceId} and id = any(${[...ids]}::bigint[]) order by id`)
  }

  async save(webhooks: readonly Webhook[], cursor: number): Promise<void> {
    const id = this.#db.instanceId
    if (webhooks.length === 0) return
    try {
      await this.#db.write(async (sql) => {
        await this.#lock(sql)
        const row = sql`jsonb_to_recordset(${sql.json(webhooks as never)}::jsonb) as s(id bigint, version int, name text, active boolean, url text, secret text, data jsonb)`
        const updated = await sql`
          update webhook w set version = s.version, name = s.name, active = s.active, url = s.url, secret = s.secret, data = s.data, updated_at = now(),
            cursor = case when s.active and not w.active then ${cursor} else w.cursor end
          from ${row} where w.instance_id = ${id} and w.id = s.id and w.version = s.version - 1 and s.version > 1`
        if (updated.count !== webhooks.filter(({ version }) => version > 1).length) overtaken('webhook', webhooks)
        await sql`
          insert into webhook (instance_id, id, version, name, active, url, secret, cursor, data)
          select ${id}, s.id, s.version, s.name, s.active, s.url, s.secret, ${cursor}, s.data from ${row} where s.version = 1`
        await enqueueJobs(sql, [{ name: 'webhook-dispatch', payload: { idle: 0 } }])
      })
    } catch (error) {
      if (violatedConstraint(error)?.name !== 'webhook_name') throw error
      fail('WebhookDuplicateName', { name: await this.#takenName(webhooks) })
    }
  }

  async remove(id: number): Promise<boolean> {
    return this.#db.write(async (sql) => {
      await this.#lock(sql)
      return (await sql`delete from webhook where instance_id = ${this.#db.instanceId} and id = ${id}`).count === 1
    })
  }

  deliveries(webhookId: number, page: { state: DeliveryState | null; limit: number; offset: number }) {
    return readDeliveries(this.#db, webhookId, page)
  }

  addDelivery(webhookId: number, delivery: NewDelivery) {
    return addDelivery(this.#db, webhookId, delivery)
  }

  sendAgain(webhookId: number, deliveryId: string) {
    return sendAgain(this.#db, webhookId, deliveryId)
  }

  async furthestBehind(): Promise<number | undefined> {
    const [row] = await this.#db.read(
      (sql) =>
        sql<[{ cursor: number | null }]>`select min(cursor)::float8 as cursor from webhook where instance_id = ${this.#db.instanceId} and active`,
    )
    return row.cursor ?? undefined
  }

  async handOut({ from, upTo, wanted, next }: HandOut): Promise<void> {
    const id = this.#db.instanceId
    await this.#db.write(async (sql) => {
      await this.#lock(sql)
      const active = await sql<StoredWebhook[]>`
        select ${sql.unsafe(COLUMNS)} from webhook where instance_id = ${id} and active order by id for update`
      if (active.length === 0) return
      // One that was switched on meanwhile may be further behind than the events that were read: its turn is the next round.
      const moved = active.filter(({ cursor }) => cursor >= from && cursor < upTo)
      if (moved.length > 0) {
        await addDeliveries(
          sql,
          id,
          moved.flatMap((webhook) => wanted(webhook).map((delivery) => ({ ...delivery, webhookId: webhook.id }))),
        )
        await sql`update webhook set cursor = ${upTo} where instance_id = ${id} and id = any(${moved.map((webhook) => webhook.id)}::bigint[])`
      }
      await enqueueJobs(sql, [{ name: 'webhook-dispatch', payload: { idle: next.idle }, delaySeconds: next.delaySeconds }])
    })
  }

  forget(before: Date): Promise<void> {
    return forgetDeliveries(this.#db, before)
  }

  due(deliveryId: string): Promise<DueDelivery | undefined> {
    return dueDelivery(this.#db, deliveryId)
  }

  settle(delivery: DueDelivery, outcome: DeliveryOutcome): Promise<void> {
    return settleDelivery(this.#db, delivery, outcome)
  }

  #lock(sql: TenantSql): Promise<unknown> {
    return sql`select pg_advisory_xact_lock(hashtextextended(${`webhooks of ${this.#db.instanceId}`}, 0))`
  }

  async #read(rest: (sql: TenantSql) => ReturnType<TenantSql>): Promise<StoredWebhook[]> {
    return [...(await this.#db.read((sql) => sql<StoredWebhook[]>`select ${sql.unsafe(COLUMNS)} from webhook ${rest(sql)}`))]
  }

  async #takenName(webhooks: readonly Webhook[]): Promise<string> {
    const stored = await this.list()
    const taken = webhooks.find(({ id, name }) => stored.some((other) => other.name === name && other.id !== id))
    return taken?.name ?? webhooks[0]?.name ?? ''
  }
}
