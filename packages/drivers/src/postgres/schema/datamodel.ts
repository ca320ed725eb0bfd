/** Versions of the datamodel. The working copy (HEAD) is the row without a commit time; there is at most one. */
import { sql } from 'drizzle-orm'
import { integer, jsonb, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core'
import { instanceId, time } from './columns.ts'

type Json = Record<string, unknown>

export const datamodelVersion = pgTable(
  'datamodel_version',
  {
    instanceId: instanceId(),
    version: integer('version').notNull(),
    basedOn: integer('based_on').notNull(),
    committedAt: time('committed_at'),
    /** Raised by every write of the working copy, so that two editors cannot overwrite each other unseen. */
    revision: integer('revision').notNull().default(1),
    schema: jsonb('schema').$type<Json>().notNull(),
    masks: jsonb('masks').$type<Json>().notNull(),
    translations: jsonb('translations').$type<Json>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.version] }),
    uniqueIndex('datamodel_head')
      .on(t.instanceId)
      .where(sql`${t.committedAt} is null`),
  ],
)

export const objecttypeSetting = pgTable(
  'objecttype_setting',
  {
    instanceId: instanceId(),
    tableId: integer('table_id').notNull(),
    version: integer('version').notNull(),
    data: jsonb('data').$type<Json>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.instanceId, t.tableId] })],
)
