/** The register of instances. These two tables belong to no tenant: the server reads them to find one. */
import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { time } from './columns.ts'

export const instance = pgTable('instance', {
  id: uuid('id').primaryKey(),
  domain: text('domain').notNull().unique(),
  /** Short stable name used in prefixes of stored things; never reused. */
  prefix: text('prefix').notNull().unique(),
  /** `active`, or `deleting` while its rows and files are being removed. */
  state: text('state').notNull().default('active'),
  revision: integer('revision').notNull().default(1),
  /** Attributes of the administration API that the server itself does not interpret. */
  attributes: jsonb('attributes').$type<Record<string, unknown>>().notNull().default({}),
  createdAt: time('created_at')
    .notNull()
    .default(sql`now()`),
})

export const instanceDomain = pgTable(
  'instance_domain',
  {
    domain: text('domain').primaryKey(),
    instanceId: uuid('instance_id')
      .notNull()
      .references(() => instance.id, { onDelete: 'cascade' }),
    isAlias: boolean('is_alias').notNull(),
  },
  (t) => [index('instance_domain_instance').on(t.instanceId)],
)
