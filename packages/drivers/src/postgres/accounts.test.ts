import { hashToken, Sessions } from '@vitrine/domain/people/sessions'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresAccounts } from './accounts.ts'
import type { TenantDatabase } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const NOW = new Date('2026-05-10T12:00:00Z')

interface Options {
  readonly data?: object
  readonly archivedAt?: Date
  readonly kind?: string
  readonly expiresAt?: Date
}

/** An instance with a user in two groups, a token, and a datamodel with a working copy above version 3. */
async function signedIn(options: Options = {}): Promise<TenantDatabase> {
  const tenant = db.instance()
  const id = tenant.instanceId
  await tenant.write(async (sql) => {
    await sql`insert into app_user (instance_id, id, version, type, login, data, system_rights, archived_at)
      values (${id}, 7, 1, 'easydb', 'Ada', ${sql.json({ first_name: 'Ada', ...options.data })}, ${sql.json({ 'system.user': { create: true } })}, ${options.archivedAt ?? null})`
    await sql`insert into app_group (instance_id, id, version, type, data, system_rights) values
      (${id}, 1, 1, 'easydb', '{}', ${sql.json({ 'system.user': { create_acl: true }, 'system.datamodel': { level: 'current' } })}),
      (${id}, 2, 1, 'easydb', '{}', ${sql.json({ 'system.datamodel': { level: 'development' } })}),
      (${id}, 3, 1, 'easydb', '{}', ${sql.json({ 'system.root': {} })})`
    await sql`insert into membership (instance_id, group_id, user_id) values (${id}, 1, 7), (${id}, 2, 7)`
    await sql`insert into token (instance_id, hash, kind, client_id, user_id, scope, family, details, created_at, expires_at)
      values (${id}, ${hashToken('t0k3n')}, ${options.kind ?? 'access'}, 'vitrine-web', 7, 'read', 'f', '{}', ${NOW}, ${options.expiresAt ?? new Date('2026-05-11T12:00:00Z')})`
    for (const [version, committed] of [
      [2, NOW],
      [3, NOW],
      [4, null],
    ] as const)
      await sql`insert into datamodel_version (instance_id, version, based_on, committed_at, schema, masks, translations) values (${id}, ${version}, 1, ${committed}, '{}', '{}', '{}')`
  })
  return tenant
}
const resolve = (tenant: TenantDatabase, token = 't0k3n') => new Sessions(new PostgresAccounts(tenant), () => NOW).resolve(token)

describe('resolving a token', () => {
  it('answers the person with groups, the union of rights and the newest committed datamodel version', async () => {
    expect(await resolve(await signedIn())).toEqual({
      userId: 7,
      login: 'Ada',
      type: 'easydb',
      displayname: 'Ada',
      groupIds: [1, 2],
      systemRights: { 'system.user': { create: true, create_acl: true }, 'system.datamodel': { level: 'development' } },
      root: false,
      language: 'en-US',
      datamodelVersion: 3,
      configRevision: 0,
      clientId: 'vitrine-web',
      signedInAt: NOW,
    })
  })

  it('knows no token of another instance', async () => {
    await signedIn()
    expect(await resolve(db.instance())).toBeNull()
  })

  it.each([
    ['is unknown', {}, 'other'],
    ['is empty', {}, ''],
    ['is absurdly long', {}, 'x'.repeat(5000)],
    ['has expired', { expiresAt: NOW }, 't0k3n'],
    ['is a refresh token', { kind: 'refresh' }, 't0k3n'],
    ['belongs to a disabled user', { data: { login_disabled: true } }, 't0k3n'],
    ['belongs to an archived user', { archivedAt: NOW }, 't0k3n'],
    ['belongs to a user whose time has not come', { data: { login_valid_from: '2026-05-11' } }, 't0k3n'],
    ['belongs to a user whose time is over', { data: { login_valid_to: '2026-05-09' } }, 't0k3n'],
  ])('answers nobody when the token %s', async (_, options, token) => {
    expect(await resolve(await signedIn(options), token)).toBeNull()
  })

  it('counts the first and the last day of the login window', async () => {
    expect(await resolve(await signedIn({ data: { login_valid_from: '2026-05-10', login_valid_to: '2026-05-10' } }))).not.toBeNull()
  })
})
