/** Users, groups, tokens and failed sign-ins of one instance. */
import { sql } from 'drizzle-orm'
import { customType, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { id, instanceId, time } from './columns.ts'

const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
type Json = Record<string, unknown>

export const appUser = pgTable(
  'app_user',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    version: integer('version').notNull(),
    type: text('type').notNull(),
    login: text('login'),
    email: text('email'),
    reference: text('reference'),
    passwordHash: text('password_hash'),
    /** The remaining fields of the user as the contract names them. */
    data: jsonb('data').$type<Json>().notNull(),
    systemRights: jsonb('system_rights').$type<Json>().notNull(),
    createdAt: time('created_at')
      .notNull()
      .default(sql`now()`),
    updatedAt: time('updated_at')
      .notNull()
      .default(sql`now()`),
    archivedAt: time('archived_at'),
    lastSeenAt: time('last_seen_at'),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.id] }),
    uniqueIndex('app_user_login').on(t.instanceId, sql`lower(${t.login})`),
    uniqueIndex('app_user_email').on(t.instanceId, sql`lower(${t.email})`),
    uniqueIndex('app_user_reference').on(t.instanceId, t.reference),
  ],
)

export const appGroup = pgTable(
  'app_group',
  {
    instanceId: instanceId(),
    id: id('id').notNull(),
    version: integer('version').notNull(),
    type: text('type').notNull(),
    reference: text('reference'),
    data: jsonb('data').$type<Json>().notNull(),
    systemRights: jsonb('system_rights').$type<Json>().notNull(),
    createdAt: time('created_at')
      .notNull()
      .default(sql`now()`),
    updatedAt: time('updated_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [primaryKey({ columns: [t.instanceId, t.id] }), uniqueIndex('app_group_reference').on(t.instanceId, t.reference)],
)

export const membership = pgTable(
  'membership',
  { instanceId: instanceId(), groupId: id('group_id').notNull(), userId: id('user_id').notNull() },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.groupId, t.userId] }),
    index('membership_user').on(t.instanceId, t.userId),
    foreignKey({ columns: [t.instanceId, t.groupId], foreignColumns: [appGroup.instanceId, appGroup.id], name: 'membership_group' }).onDelete(
      'cascade',
    ),
    foreignKey({ columns: [t.instanceId, t.userId], foreignColumns: [appUser.instanceId, appUser.id], name: 'membership_user_fk' }).onDelete(
      'cascade',
    ),
  ],
)

/** Access tokens, refresh tokens and authorization codes. Only a SHA-256 of the secret is stored. */
export const token = pgTable(
  'token',
  {
    instanceId: instanceId(),
    hash: bytes('hash').notNull(),
    kind: text('kind').notNull(),
    clientId: text('client_id').notNull(),
    userId: id('user_id').notNull(),
    scope: text('scope').notNull(),
    /** Tokens of one sign-in share a family; a refresh token used twice revokes all of it. */
    family: text('family').notNull(),
    details: jsonb('details').$type<Json>().notNull(),
    createdAt: time('created_at')
      .notNull()
      .default(sql`now()`),
    expiresAt: time('expires_at').notNull(),
    usedAt: time('used_at'),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.hash] }),
    index('token_family').on(t.instanceId, t.family),
    index('token_user').on(t.instanceId, t.userId),
    index('token_expiry').on(t.instanceId, t.expiresAt),
    foreignKey({ columns: [t.instanceId, t.userId], foreignColumns: [appUser.instanceId, appUser.id], name: 'token_user_fk' }).onDelete('cascade'),
  ],
)

/** Counts failed sign-ins per subject (client address and login), shared by all servers. */
export const signInFailure = pgTable(
  'sign_in_failure',
  {
    instanceId: instanceId(),
    subject: text('subject').notNull(),
    failures: integer('failures').notNull(),
    firstAt: time('first_at').notNull(),
    blockedUntil: time('blocked_until'),
  },
  (t) => [primaryKey({ columns: [t.instanceId, t.subject] })],
)
