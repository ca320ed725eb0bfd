/** Collections: a tree of named lists of records, each with an owner and an access list of its own. */
import { sql } from 'drizzle-orm'
import { boolean, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instanceId, time } from './columns.ts'

type Json = Record<string, unknown>

export const collection = pgTable(
  'collection',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    version: integer('version').notNull(),
    /** Null for the root only. */
    parentId: id('parent_id'),
    uuid: uuid('uuid').notNull(),
    reference: text('reference'),
    shortname: text('shortname'),
    ownerUser: id('owner_user').notNull(),
    isSystem: boolean('is_system').notNull().default(false),
    acl: jsonb('acl').$type<Json[]>(),
    privateAcl: boolean('private_acl').notNull().default(false),
    /** The owner may not pass on what the access list gives: the whole list is without effect. */
    invalidAcl: boolean('invalid_acl').notNull().default(false),
    /** The remaining fields under the names of the contract. */
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
    index('collection_parent').on(t.instanceId, t.parentId),
    index('collection_owner').on(t.instanceId, t.ownerUser),
    index('collection_shared')
      .on(t.instanceId, t.id)
      .where(sql`${t.acl} is not null`),
    uniqueIndex('collection_uuid').on(t.instanceId, t.uuid),
    uniqueIndex('collection_reference').on(t.instanceId, t.reference),
    uniqueIndex('collection_shortname').on(t.instanceId, t.shortname),
    foreignKey({ columns: [t.instanceId, t.parentId], foreignColumns: [t.instanceId, t.id], name: 'collection_parent_fk' }),
  ],
)

/** What a collection holds, in order. Records of other systems are known by their global id alone. */
export const collectionObject = pgTable(
  'collection_object',
  {
    instanceId: instanceId(),
    collectionId: id('collection_id').notNull(),
    globalObjectId: text('global_object_id').notNull(),
    /** Set for records of this instance. */
    systemId: id('system_id'),
    position: id('position').notNull(),
    /** The record stopped qualifying for the collection (`collection_policy=setinvalid`). */
    invalid: boolean('invalid').notNull().default(false),
    props: jsonb('props').$type<Json>(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.collectionId, t.globalObjectId] }),
    index('collection_object_order').on(t.instanceId, t.collectionId, t.position),
    index('collection_object_record')
      .on(t.instanceId, t.systemId)
      .where(sql`${t.systemId} is not null`),
    foreignKey({
      columns: [t.instanceId, t.collectionId],
      foreignColumns: [collection.instanceId, collection.id],
      name: 'collection_object_collection',
    }).onDelete('cascade'),
  ],
)
