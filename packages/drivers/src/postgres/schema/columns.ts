/**
 * Column builders shared by all tables. Every tenant table starts its primary key, unique keys, foreign keys and indexes
 * with `instance_id`; a test reads the catalog and fails on one that does not.
 */
import { bigint, customType, timestamp, uuid } from 'drizzle-orm/pg-core'

export const instanceId = () => uuid('instance_id').notNull()
export const id = (name: string) => bigint(name, { mode: 'number' })
export const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
/** Compared by bytes, as stores list their objects, whatever the language of the database. */
export const objectKey = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })
