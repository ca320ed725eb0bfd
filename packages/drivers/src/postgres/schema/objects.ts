/**
 * Records. `record` holds the newest state, `record_version` every state there ever was; both are written together.
 * `content` is keyed by column id (`"6"`) and nested table id (`"t5"`), so renaming costs nothing and old versions stay
 * readable. Links and unique values live in tables of their own, so that the database keeps them true under races.
 */
import { sql } from 'drizzle-orm'
import { customType, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instanceId, time } from './columns.ts'

const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
const ids = (name: string) =>
  id(name)
    .array()
    .notNull()
    .default(sql`'{}'::bigint[]`)
type Content = Record<string, unknown>

export const record = pgTable(
  'record',
  {
    instanceId: instanceId(),
    systemId: id('system_id').notNull(),
    tableId: integer('table_id').notNull(),
    objectId: id('object_id').notNull(),
    uuid: uuid('uuid').notNull(),
    version: integer('version').notNull(),
    schemaVersion: integer('schema_version').notNull(),
    createdAt: time('created_at').notNull(),
    modifiedAt: time('modified_at').notNull(),
    /** Set while the record is in the trash. */
    deletedAt: time('deleted_at'),
    createUser: id('create_user'),
    ownerUser: id('owner_user'),
    ownerGroup: id('owner_group'),
    poolId: id('pool_id'),
    /** System id of the parent, for hierarchical types. */
    parentId: id('parent_id'),
    tags: ids('tags'),
    content: jsonb('content').$type<Content>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.systemId] }),
    uniqueIndex('record_object_id').on(t.instanceId, t.tableId, t.objectId),
    uniqueIndex('record_uuid').on(t.instanceId, t.uuid),
    index('record_parent')
      .on(t.instanceId, t.parentId)
      .where(sql`${t.parentId} is not null`),
    index('record_pool')
      .on(t.instanceId, t.poolId)
      .where(sql`${t.poolId} is not null`),
  ],
)

export const recordVersion = pgTable(
  'record_version',
  {
    instanceId: instanceId(),
    systemId: id('system_id').notNull(),
    version: integer('version').notNull(),
    schemaVersion: integer('schema_version').notNull(),
    /** INSERT, UPDATE or DELETE. */
    operation: text('operation').notNull(),
    savedAt: time('saved_at').notNull(),
    savedBy: id('saved_by'),
    comment: text('comment'),
    modifiedAt: time('modified_at').notNull(),
    ownerUser: id('owner_user'),
    ownerGroup: id('owner_group'),
    poolId: id('pool_id'),
    parentId: id('parent_id'),
    tags: ids('tags'),
    content: jsonb('content').$type<Content>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.systemId, t.version] }),
    foreignKey({ columns: [t.instanceId, t.systemId], foreignColumns: [record.instanceId, record.systemId], name: 'record_version_record' }).onDelete(
      'cascade',
    ),
  ],
)

/** One row per link of a newest version: where it stands (column, and nested row) and what it points at. */
export const recordLink = pgTable(
  'record_link',
  {
    instanceId: instanceId(),
    fromId: id('from_id').notNull(),
    columnId: integer('column_id').notNull(),
    /** The nested row the link stands in; the nil UUID for the record itself. */
    rowUuid: uuid('row_uuid').notNull(),
    toId: id('to_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.fromId, t.columnId, t.rowUuid] }),
    index('record_link_target').on(t.instanceId, t.toId),
    foreignKey({ columns: [t.instanceId, t.fromId], foreignColumns: [record.instanceId, record.systemId], name: 'record_link_from' }).onDelete(
      'cascade',
    ),
  ],
)

/** One row per value of a unique key of a live record: the primary key is what holds uniqueness under races. */
export const recordUnique = pgTable(
  'record_unique',
  {
    instanceId: instanceId(),
    /** Identity of the key in the datamodel: table id and column ids. */
    key: text('key').notNull(),
    /** Digest of the key's values in canonical form. */
    value: bytes('value').notNull(),
    fromId: id('from_id').notNull(),
    rowUuid: uuid('row_uuid').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.key, t.value] }),
    index('record_unique_from').on(t.instanceId, t.fromId),
    foreignKey({ columns: [t.instanceId, t.fromId], foreignColumns: [record.instanceId, record.systemId], name: 'record_unique_record' }).onDelete(
      'cascade',
    ),
  ],
)
