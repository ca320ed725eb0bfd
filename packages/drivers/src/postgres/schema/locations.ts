/** Work on everything that lies in a storage location, what it has found, and what instances that are gone have left behind. */
import { sql } from 'drizzle-orm'
import { bigint, boolean, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instanceId, objectKey, time } from './columns.ts'
import { storageLocation } from './files.ts'

type Json = Record<string, unknown>
const amount = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0)

/** Moves and checks. One that has ended is kept to be looked at. */
export const storageTask = pgTable(
  'storage_task',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    /** `move` or `scrub`. */
    kind: text('kind').notNull(),
    locationId: id('location_id').notNull(),
    /** Where a move leads to. */
    targetId: id('target_id'),
    /** Of a check: whether it puts right what it finds. */
    repair: boolean('repair').notNull(),
    /** Of a move: whether the old objects go. */
    removeSource: boolean('remove_source').notNull(),
    startedBy: id('started_by'),
    /** `waiting`, `running`, `stopping`, `stopped`, `done` or `failed`. */
    state: text('state').notNull(),
    step: text('step').notNull(),
    /** How far the step has come: the id of a file, or a key. */
    cursor: text('cursor').notNull().default(''),
    filesTotal: amount('files_total'),
    bytesTotal: amount('bytes_total'),
    filesDone: amount('files_done'),
    bytesDone: amount('bytes_done'),
    /** What keeps it from going on, or has ended it. */
    problem: text('problem'),
    createdAt: time('created_at')
      .notNull()
      .default(sql`now()`),
    updatedAt: time('updated_at')
      .notNull()
      .default(sql`now()`),
    endedAt: time('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.id] }),
    index('storage_task_location').on(t.instanceId, t.locationId, t.createdAt),
    uniqueIndex('storage_task_open')
      .on(t.instanceId, t.locationId)
      .where(sql`${t.endedAt} is null`),
    foreignKey({
      columns: [t.instanceId, t.locationId],
      foreignColumns: [storageLocation.instanceId, storageLocation.id],
      name: 'storage_task_location_of',
    }).onDelete('cascade'),
  ],
)

export const storageFinding = pgTable(
  'storage_finding',
  {
    instanceId: instanceId(),
    taskId: id('task_id').notNull(),
    storageKey: objectKey('storage_key').notNull(),
    /** `unmoved`, `missing`, `changed`, `unreadable` or `extra`. */
    kind: text('kind').notNull(),
    fileId: id('file_id'),
    /** `open`, `settled` or `passed`. */
    state: text('state').notNull(),
    message: text('message').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.taskId, t.storageKey] }),
    foreignKey({ columns: [t.instanceId, t.taskId], foreignColumns: [storageTask.instanceId, storageTask.id], name: 'storage_finding_of' }).onDelete(
      'cascade',
    ),
  ],
)

/**
 * Where instances that are gone had their files, until those are gone as well. No tenant table: it outlives the tenant, and only
 * whoever removes instances sees it.
 */
export const formerLocation = pgTable(
  'former_location',
  {
    formerInstance: uuid('former_instance').notNull(),
    locationId: id('location_id').notNull(),
    kind: text('kind').notNull(),
    prefix: text('prefix').notNull(),
    config: jsonb('config').$type<Json>().notNull(),
    /** As they were sealed for that instance. */
    secrets: text('secrets'),
    /** Places that were open to that instance alone. */
    openHosts: text('open_hosts').array().notNull(),
    /** How often all of it has been cleared: what was still being written the first time is gone after the second. */
    cleared: integer('cleared').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.formerInstance, t.locationId] })],
)
