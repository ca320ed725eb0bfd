/**
 * Files and where their bytes lie. A row and its object come and go in an order that a crash cannot turn into a loss: the
 * journal names an object before it is written and after its row is gone, and whoever sweeps the journal removes objects that
 * no row names. Files never change; a changed file is another one.
 */
import { sql } from 'drizzle-orm'
import { bigint, boolean, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instanceId, objectKey, time } from './columns.ts'
import { record } from './objects.ts'

type Json = Record<string, unknown>

/** A folder, bucket or container that files can lie in. */
export const storageLocation = pgTable(
  'storage_location',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    /** Counts changes: whoever holds an open store of an older revision opens it anew. */
    revision: integer('revision').notNull(),
    name: text('name').notNull(),
    /** `file`, `s3`, `azure` or `swift`. */
    kind: text('kind').notNull(),
    prefix: text('prefix').notNull().default(''),
    /** Settings of the kind, without secrets. */
    config: jsonb('config').$type<Json>().notNull(),
    /** The secret ones, encrypted together; null where the kind has none. */
    secrets: text('secrets'),
    allowPurge: boolean('allow_purge').notNull().default(false),
    allowRedirect: boolean('allow_redirect').notNull().default(false),
    readOnly: boolean('read_only').notNull().default(false),
    /** Days between two readings of everything that is stored; null for never. */
    scrubEveryDays: integer('scrub_every_days'),
    status: text('status').notNull(),
    statusMsg: text('status_msg').notNull().default(''),
    checkedAt: time('checked_at'),
    createdAt: time('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [primaryKey({ columns: [t.instanceId, t.id] }), uniqueIndex('storage_location_name').on(t.instanceId, t.name)],
)

/** Where new `originals`, `versions` and `backups` go. */
export const storageDefault = pgTable(
  'storage_default',
  { instanceId: instanceId(), purpose: text('purpose').notNull(), locationId: id('location_id').notNull() },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.purpose] }),
    foreignKey({
      columns: [t.instanceId, t.locationId],
      foreignColumns: [storageLocation.instanceId, storageLocation.id],
      name: 'storage_default_location',
    }),
  ],
)

/** Originals and what was made of them, one row each. */
export const file = pgTable(
  'file',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    /** `original`, `produced` (an original made from another), `rendition`, `manual` or `standalone`. */
    kind: text('kind').notNull(),
    parentId: id('parent_id'),
    /** Name of the rendition among those of its parent; null for originals. */
    versionName: text('version_name'),
    reference: text('reference'),
    uploadUser: id('upload_user'),
    uploadedAt: time('uploaded_at')
      .notNull()
      .default(sql`now()`),
    /** `pending`, `processing`, `sync`, `done` or `failed`. */
    state: text('state').notNull(),
    stateAt: time('state_at')
      .notNull()
      .default(sql`now()`),
    /** Why the file or one step of its making failed; for people. */
    problem: text('problem'),
    /** Hundredths of the current step. */
    percentDone: integer('percent_done'),
    /** Null until there are bytes here, and for files that stay where they are. */
    locationId: id('location_id'),
    storageKey: objectKey('storage_key'),
    sizeBytes: bigint('size_bytes', { mode: 'number' }),
    /** Of the content, in hex; null until it is stored. */
    sha256: text('sha256'),
    /** Names the content in addresses: that SHA-256, or the MD5 of the remote address. */
    hash: text('hash').notNull(),
    mimeType: text('mime_type'),
    extension: text('extension').notNull().default(''),
    class: text('class').notNull().default('unknown'),
    originalFilepath: text('original_filepath').notNull(),
    remoteUrl: text('remote_url'),
    /** The bytes stay at the remote address. */
    leave: boolean('leave').notNull().default(false),
    produceVersions: boolean('produce_versions').notNull().default(true),
    /** As sent, with its `overwrites`. */
    customProduceConfig: jsonb('custom_produce_config').$type<Json>(),
    /** What a rendition was made by: name and recipe, digested. */
    produceHash: text('produce_hash'),
    /** Parameters that a produced original is made by. */
    recipe: jsonb('recipe').$type<Json>(),
    priority: integer('priority').notNull().default(0),
    watermark: boolean('watermark').notNull().default(false),
    technical: jsonb('technical').$type<Json>().notNull().default({}),
    /** Tags as they were found: a list of groups. */
    metadata: jsonb('metadata').$type<Json[]>(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.id] }),
    uniqueIndex('file_reference')
      .on(t.instanceId, t.reference)
      .where(sql`${t.reference} is not null`),
    uniqueIndex('file_version_name')
      .on(t.instanceId, t.parentId, t.versionName)
      .where(sql`${t.versionName} is not null`),
    index('file_parent')
      .on(t.instanceId, t.parentId)
      .where(sql`${t.parentId} is not null`),
    uniqueIndex('file_storage_key')
      .on(t.instanceId, t.locationId, t.storageKey)
      .where(sql`${t.storageKey} is not null`),
    index('file_location')
      .on(t.instanceId, t.locationId, t.id)
      .where(sql`${t.locationId} is not null`),
    index('file_hash').on(t.instanceId, t.hash),
    index('file_unfinished')
      .on(t.instanceId, t.stateAt)
      .where(sql`${t.state} not in ('done', 'failed')`),
    foreignKey({ columns: [t.instanceId, t.parentId], foreignColumns: [t.instanceId, t.id], name: 'file_parent_file' }),
    foreignKey({
      columns: [t.instanceId, t.locationId],
      foreignColumns: [storageLocation.instanceId, storageLocation.id],
      name: 'file_location_of',
    }),
  ],
)

/** Objects that may lie somewhere without a row that names them: about to be written, or left by a file that went. */
export const fileJournal = pgTable(
  'file_journal',
  {
    instanceId: instanceId(),
    locationId: id('location_id').notNull(),
    storageKey: text('storage_key').notNull(),
    /** The object is looked at from then on; before, whoever writes it may still be at work. */
    notBefore: time('not_before').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.locationId, t.storageKey] }),
    index('file_journal_due').on(t.instanceId, t.notBefore),
    foreignKey({
      columns: [t.instanceId, t.locationId],
      foreignColumns: [storageLocation.instanceId, storageLocation.id],
      name: 'file_journal_location',
    }),
  ],
)

/**
 * Which records name which files, in any version that is kept. A file that only an older version names is not live; it goes
 * with its record and not before.
 */
export const fileLink = pgTable(
  'file_link',
  {
    instanceId: instanceId(),
    fromId: id('from_id').notNull(),
    columnId: integer('column_id').notNull(),
    /** The nested row the file stands in; the nil UUID for the record itself. */
    rowUuid: uuid('row_uuid').notNull(),
    fileId: id('file_id').notNull(),
    live: boolean('live').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.fromId, t.columnId, t.rowUuid, t.fileId] }),
    index('file_link_file').on(t.instanceId, t.fileId),
    foreignKey({ columns: [t.instanceId, t.fromId], foreignColumns: [record.instanceId, record.systemId], name: 'file_link_record' }).onDelete(
      'cascade',
    ),
    foreignKey({ columns: [t.instanceId, t.fileId], foreignColumns: [file.instanceId, file.id], name: 'file_link_of' }),
  ],
)

/**
 * Uploads that come in pieces, until they are whole. Their bytes lie with the default location for originals. One request at a
 * time adds to an upload: it holds it, and says so again and again, because the server it runs on may die.
 */
export const fileUpload = pgTable(
  'file_upload',
  {
    instanceId: instanceId(),
    id: text('id').notNull(),
    userId: id('user_id').notNull(),
    createdAt: time('created_at')
      .notNull()
      .default(sql`now()`),
    expiresAt: time('expires_at').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }),
    /** What is to become of it, under the names of the contract: pairs in the order in which they came. */
    metadata: jsonb('metadata').$type<[string, string | null][]>().notNull(),
    locationId: id('location_id').notNull(),
    /** Set once it has become a file. */
    fileId: id('file_id'),
    /** Whoever holds it, until then; null while nobody does. */
    holder: text('holder'),
    heldUntil: time('held_until'),
    /** Somebody else has asked the holder to let go. */
    holdWanted: boolean('hold_wanted').notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.id] }),
    index('file_upload_expiry').on(t.instanceId, t.expiresAt),
    foreignKey({
      columns: [t.instanceId, t.locationId],
      foreignColumns: [storageLocation.instanceId, storageLocation.id],
      name: 'file_upload_location',
    }),
  ],
)

/** One piece of such an upload: an object of its own, so that a store need not append. */
export const fileUploadPart = pgTable(
  'file_upload_part',
  {
    instanceId: instanceId(),
    uploadId: text('upload_id').notNull(),
    /** Where it begins. */
    startByte: bigint('start_byte', { mode: 'number' }).notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    storageKey: text('storage_key').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.uploadId, t.startByte] }),
    foreignKey({ columns: [t.instanceId, t.uploadId], foreignColumns: [fileUpload.instanceId, fileUpload.id], name: 'file_upload_part_of' }),
  ],
)
