/** Pools, tags, workflow transitions, right presets and settings of one instance. */
import { sql } from 'drizzle-orm'
import { boolean, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { id, instanceId, time } from './columns.ts'

type Json = Record<string, unknown>

export const pool = pgTable(
  'pool',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    version: integer('version').notNull(),
    parentId: id('parent_id'),
    reference: text('reference'),
    shortname: text('shortname'),
    isSystem: boolean('is_system').notNull().default(false),
    data: jsonb('data').$type<Json>().notNull(),
    createdAt: time('created_at')
      .notNull()
      .default(sql`now()`),
    updatedAt: time('updated_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.id] }),
    index('pool_parent').on(t.instanceId, t.parentId),
    uniqueIndex('pool_reference').on(t.instanceId, t.reference),
    uniqueIndex('pool_shortname').on(t.instanceId, t.shortname),
    foreignKey({ columns: [t.instanceId, t.parentId], foreignColumns: [t.instanceId, t.id], name: 'pool_parent_fk' }),
  ],
)

export const tagGroup = pgTable(
  'tag_group',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    position: integer('position').notNull(),
    reference: text('reference'),
    type: text('type').notNull(),
    data: jsonb('data').$type<Json>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.instanceId, t.id] }), uniqueIndex('tag_group_reference').on(t.instanceId, t.reference)],
)

export const tag = pgTable(
  'tag',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    groupId: id('group_id').notNull(),
    version: integer('version').notNull(),
    position: integer('position').notNull(),
    reference: text('reference'),
    data: jsonb('data').$type<Json>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.id] }),
    index('tag_group_index').on(t.instanceId, t.groupId),
    uniqueIndex('tag_reference').on(t.instanceId, t.reference),
    foreignKey({ columns: [t.instanceId, t.groupId], foreignColumns: [tagGroup.instanceId, tagGroup.id], name: 'tag_group_fk' }).onDelete('cascade'),
  ],
)

export const transition = pgTable(
  'transition',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    position: integer('position').notNull(),
    data: jsonb('data').$type<Json>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.instanceId, t.id] })],
)

export const rightPreset = pgTable(
  'right_preset',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    context: text('context').notNull(),
    version: integer('version').notNull(),
    data: jsonb('data').$type<Json>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.instanceId, t.id] }), index('right_preset_context').on(t.instanceId, t.context)],
)

/** Named values of an instance, such as its signing key (encrypted) or a version that caches watch. */
export const setting = pgTable(
  'setting',
  { instanceId: instanceId(), name: text('name').notNull(), value: jsonb('value').$type<Json>().notNull() },
  (t) => [primaryKey({ columns: [t.instanceId, t.name] })],
)

/** Where ids come from. Blocks are handed out outside the caller's transaction: ids are never reused, gaps are normal. */
export const counter = pgTable('counter', { instanceId: instanceId(), name: text('name').notNull(), next: id('next').notNull() }, (t) => [
  primaryKey({ columns: [t.instanceId, t.name] }),
])
