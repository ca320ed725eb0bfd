/**
 * Records. `record` holds the newest state, `record_version` every state there ever was; both are written together.
 * `content` is keyed by column id (`"6"`) and nested table id (`"t5"`), so renaming costs nothing and old versions stay
 * readable. Links and unique values live in tables of their own, so that the database keeps them true under races.
 */
import { sql } from 'drizzle-orm'
import { boolean, customType, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instanceId, time } from './columns.ts'

const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
const ids = (name: string) =>
  id(name)
    .array()
    .notNull()
    .default(sql`'{}'::bigint[]`)
type Content = Record<string, unknown>
type Grants = Record<string, unknown>[]

/** What both the newest state and every version say about who may do what, and where the record stands. */
const placement = () => ({
  ownerUser: id('owner_user'),
  ownerGroup: id('owner_group'),
  poolId: id('pool_id'),
  /** System id of the parent, for hierarchical types. */
  parentId: id('parent_id'),
  /** System ids of the parents, for polyhierarchical types. */
  parents: ids('parents'),
  /** Place among the children of the parent, where it was chosen. */
  childIdx: id('child_idx'),
  tags: ids('tags'),
  /** Access list as it was saved; null where the record has none. */
  acl: jsonb('acl').$type<Grants>(),
  privateAcl: boolean('private_acl').notNull().default(false),
  content: jsonb('content').$type<Content>().notNull(),
})

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
    ...placement(),
    /** Rules of the datamodel that the record breaks. */
    systemTags: text('system_tags')
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.systemId] }),
    uniqueIndex('record_object_id').on(t.instanceId, t.tableId, t.objectId),
    uniqueIndex('record_uuid').on(t.instanceId, t.uuid),
    index('record_parent')
      .on(t.instanceId, t.parentId)
      .where(sql`${t.parentId} is not null`),
    index('record_pool_page')
      .on(t.instanceId, t.poolId, t.tableId, t.objectId)
      .where(sql`${t.poolId} is not null`),
    index('record_owner_page').on(t.instanceId, t.ownerUser, t.tableId, t.objectId),
    index('record_owner_group_page')
      .on(t.instanceId, t.ownerGroup, t.tableId, t.objectId)
      .where(sql`${t.ownerGroup} is not null`),
    index('record_marked')
      .on(t.instanceId, t.tableId, t.systemId)
      .where(sql`${t.systemTags} <> '{}'::text[]`),
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
    ...placement(),
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

/** One row per parent of a record of a polyhierarchical type, newest version only. */
export const recordParentLink = pgTable(
  'record_parent_link',
  { instanceId: instanceId(), childId: id('child_id').notNull(), parentId: id('parent_id').notNull() },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.childId, t.parentId] }),
    index('record_parent_link_of').on(t.instanceId, t.parentId),
    foreignKey({
      columns: [t.instanceId, t.childId],
      foreignColumns: [record.instanceId, record.systemId],
      name: 'record_parent_link_child',
    }).onDelete('cascade'),
  ],
)

/** One row per tag of a newest version, so that rights which a tag gives lead to its records. */
export const recordTag = pgTable(
  'record_tag',
  { instanceId: instanceId(), tagId: id('tag_id').notNull(), tableId: integer('table_id').notNull(), systemId: id('system_id').notNull() },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.tagId, t.tableId, t.systemId] }),
    index('record_tag_of').on(t.instanceId, t.systemId),
    foreignKey({ columns: [t.instanceId, t.systemId], foreignColumns: [record.instanceId, record.systemId], name: 'record_tag_record' }).onDelete(
      'cascade',
    ),
  ],
)

/** One row per entry of a record's own access list, so that a list of records can start from whom it is for. */
export const recordGrant = pgTable(
  'record_grant',
  {
    instanceId: instanceId(),
    systemId: id('system_id').notNull(),
    position: integer('position').notNull(),
    userId: id('user_id'),
    groupId: id('group_id'),
    /** `owner` or `pool_contact`, for entries that mean a role. */
    role: text('role'),
    sticky: boolean('sticky').notNull().default(false),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.systemId, t.position] }),
    index('record_grant_user')
      .on(t.instanceId, t.userId)
      .where(sql`${t.userId} is not null`),
    index('record_grant_group')
      .on(t.instanceId, t.groupId)
      .where(sql`${t.groupId} is not null`),
    foreignKey({ columns: [t.instanceId, t.systemId], foreignColumns: [record.instanceId, record.systemId], name: 'record_grant_record' }).onDelete(
      'cascade',
    ),
  ],
)

/** Records that links name and that do not exist: not yet (`deferred`), or not any more (`purged`). Their ids stay theirs. */
export const recordGhost = pgTable(
  'record_ghost',
  {
    instanceId: instanceId(),
    systemId: id('system_id').notNull(),
    uuid: uuid('uuid'),
    tableId: integer('table_id').notNull(),
    reason: text('reason').notNull(),
    createdAt: time('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [primaryKey({ columns: [t.instanceId, t.systemId] }), uniqueIndex('record_ghost_uuid').on(t.instanceId, t.uuid)],
)
