/**
 * The event log and what it sets off. Events are written in the transaction of the change they tell of, without a number:
 * numbers are handed out afterwards to what has been committed, so that whoever reads on from a number misses nothing.
 */
import { sql } from 'drizzle-orm'
import { bigint, boolean, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instanceId, time } from './columns.ts'

type Json = Record<string, unknown>

export const event = pgTable(
  'event',
  {
    instanceId: instanceId(),
    /** Order of writing; not the order in which transactions end. */
    seq: bigint('seq', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    /** The public number; null until the event has been numbered. */
    id: id('id'),
    at: time('at')
      .notNull()
      .default(sql`clock_timestamp()`),
    type: text('type').notNull(),
    pollable: boolean('pollable').notNull().default(false),
    basetype: text('basetype'),
    objecttype: text('objecttype'),
    objectId: id('object_id'),
    objectVersion: integer('object_version'),
    systemObjectId: id('system_object_id'),
    globalObjectId: text('global_object_id'),
    schemaVersion: integer('schema_version'),
    info: jsonb('info').$type<Json>(),
    userId: id('user_id'),
    userDisplayname: text('user_displayname'),
    remoteAddr: text('remote_addr'),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.seq] }),
    uniqueIndex('event_id').on(t.instanceId, t.id),
    index('event_unnumbered')
      .on(t.instanceId, t.seq)
      .where(sql`${t.id} is null`),
    // Followers pass over whatever is not for them, and there can be very much of it.
    index('event_pollable')
      .on(t.instanceId, t.id)
      .where(sql`${t.pollable} and ${t.id} is not null`),
    index('event_type').on(t.instanceId, t.type, t.id),
    index('event_record')
      .on(t.instanceId, t.systemObjectId, t.id)
      .where(sql`${t.systemObjectId} is not null`),
    index('event_at').on(t.instanceId, t.at),
  ],
)

/** An address outside that wants to hear of events. */
export const webhook = pgTable(
  'webhook',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    version: integer('version').notNull(),
    name: text('name').notNull(),
    active: boolean('active').notNull().default(true),
    url: text('url').notNull(),
    /** Encrypted. */
    secret: text('secret').notNull(),
    /** Number of the last event that was looked at for it. */
    cursor: id('cursor').notNull().default(0),
    /** The remaining fields under the names of the contract. */
    data: jsonb('data').$type<Json>().notNull(),
    createdAt: time('created_at')
      .notNull()
      .default(sql`now()`),
    updatedAt: time('updated_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [primaryKey({ columns: [t.instanceId, t.id] }), uniqueIndex('webhook_name').on(t.instanceId, t.name)],
)

/** One row per message that goes to a webhook, kept after it has arrived or been given up. */
export const webhookDelivery = pgTable(
  'webhook_delivery',
  {
    instanceId: instanceId(),
    id: uuid('id').notNull(),
    webhookId: id('webhook_id').notNull(),
    /** Number of the event; null for messages of a workflow rule. */
    eventId: id('event_id'),
    /** `pending`, `done` or `failed`. */
    state: text('state').notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** The body as it is sent. */
    payload: jsonb('payload').$type<Json>().notNull(),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    createdAt: time('created_at')
      .notNull()
      .default(sql`now()`),
    updatedAt: time('updated_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.id] }),
    uniqueIndex('webhook_delivery_event').on(t.instanceId, t.webhookId, t.eventId),
    index('webhook_delivery_time').on(t.instanceId, t.webhookId, t.createdAt),
    foreignKey({ columns: [t.instanceId, t.webhookId], foreignColumns: [webhook.instanceId, webhook.id], name: 'webhook_delivery_webhook' }).onDelete(
      'cascade',
    ),
  ],
)
