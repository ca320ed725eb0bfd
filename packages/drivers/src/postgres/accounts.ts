/** Users with their groups as signing in needs them, each in a single statement. */
import type { Account, AccountGroup } from '@vitrine/domain/people/account'
import type { SystemRights } from '@vitrine/domain/people/caller'
import type { SessionRecord, SessionStore } from '@vitrine/domain/people/sessions'
import type { AccountStore } from '@vitrine/domain/sign-in/account-store'
import type { Trail } from '@vitrine/domain/events/new-event'
import { insertTrail } from './events-insert.ts'
import { CONFIG_REVISION } from './config-revision.ts'
import { Gathering } from './gathering.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

export interface AccountRow {
  id: string
  type: string
  login: string | null
  email: string | null
  reference: string | null
  password_hash: string | null
  system_rights: SystemRights
  archived_at: Date | null
  data: Record<string, unknown>
  groups: AccountGroup[]
}
interface SessionRow extends AccountRow {
  client_id: string
  signed_in_at: Date
  datamodel_version: number
  config_revision: number
}
interface TokenRow extends SessionRow {
  hash: string
  expires_at: Date
}

/** The columns of a user `u`, its groups folded into one JSON array. */
const columns = (sql: TenantSql) => sql`
  u.id, u.type, u.login, u.email, u.reference, u.password_hash, u.system_rights, u.archived_at, u.data,
  coalesce((select jsonb_agg(jsonb_build_object('id', g.id, 'reference', g.reference, 'systemRights', g.system_rights, 'data', g.data) order by g.id)
    from membership m join app_group g on g.instance_id = m.instance_id and g.id = m.group_id
    where m.instance_id = u.instance_id and m.user_id = u.id), '[]'::jsonb) as groups`

/** What a request has to know about the state of the instance, learnt along with who asks. */
const revisions = (sql: TenantSql) => sql`
  coalesce((select max(d.version) from datamodel_version d where d.instance_id = u.instance_id and d.committed_at is not null), 0) as datamodel_version,
  coalesce((select c.next::float8 from counter c where c.instance_id = u.instance_id and c.name = ${CONFIG_REVISION}), 0) as config_revision`

const sessionOf = (row: SessionRow): SessionRecord => ({
  account: accountOf(row),
  clientId: row.client_id,
  signedInAt: row.signed_in_at,
  datamodelVersion: row.datamodel_version,
  configRevision: row.config_revision,
})

export class PostgresAccounts implements SessionStore, AccountStore {
  readonly #db: TenantDatabase
  /** Asked with every request. */
  readonly #sessions = new Gathering<string, TokenRow | undefined>((hashes) => this.#findSessions(hashes))

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  async findSession(tokenHash: Uint8Array, now: Date): Promise<SessionRecord | null> {
    const row = await this.#sessions.ask(Buffer.from(tokenHash).toString('hex'))
    return row && row.expires_at > now ? sessionOf(row) : null
  }

  /**
   * `offset 0` keeps each step on its primary key. Without it a planner that has no statistics yet may walk through all
   * tokens of the instance that have not expired, and this statement runs with every request.
   */
  async #findSessions(hashes: readonly string[]): Promise<(TokenRow | undefined)[]> {
    const rows = await this.#db.read(
      (sql) => sql<TokenRow[]>`
        select encode(t.hash, 'hex') as hash, t.expires_at, t.client_id, coalesce((t.details->>'signedInAt')::timestamptz, t.created_at) as signed_in_at,
          ${columns(sql)}, ${revisions(sql)}
        from unnest(${[...new Set(hashes)]}::text[]) as a(hash),
          lateral (select * from token where instance_id = ${this.#db.instanceId} and hash = decode(a.hash, 'hex') offset 0) t,
          lateral (select * from app_user where instance_id = t.instance_id and id = t.user_id offset 0) u
        where t.kind = 'access'`,
    )
    const byHash = new Map(rows.map((row) => [row.hash, row]))
    return hashes.map((hash) => byHash.get(hash))
  }

  systemSession(reference: string, now: Date): Promise<SessionRecord | null> {
    return this.#db.read(async (sql) => {
      const [row] = await sql<SessionRow[]>`
        select '' as client_id, ${now}::timestamptz as signed_in_at, ${columns(sql)}, ${revisions(sql)}
        from app_user u where u.instance_id = ${this.#db.instanceId} and u.reference = ${reference}`
      return row ? sessionOf(row) : null
    })
  }

  byLogin(login: string): Promise<Account | null> {
    return this.#db.read(async (sql) => {
      const [row] = await sql<AccountRow[]>`
        select ${columns(sql)} from app_user u where u.instance_id = ${this.#db.instanceId} and lower(u.login) = lower(${login})`
      return row ? accountOf(row) : null
    })
  }

  byReference(reference: string): Promise<Account | null> {
    return this.#db.read(async (sql) => {
      const [row] = await sql<AccountRow[]>`
        select ${columns(sql)} from app_user u where u.instance_id = ${this.#db.instanceId} and u.reference = ${reference}`
      return row ? accountOf(row) : null
    })
  }

  byId(id: number): Promise<Account | null> {
    return this.#db.read(async (sql) => {
      const [row] = await sql<AccountRow[]>`select ${columns(sql)} from app_user u where u.instance_id = ${this.#db.instanceId} and u.id = ${id}`
      return row ? accountOf(row) : null
    })
  }

  /** The hash is replaced only while it is still the one that was verified: a password changed meanwhile wins. */
  async replaceHash(id: number, before: string, after: string): Promise<void> {
    await this.#db.write(
      (sql) =>
        sql`update app_user set password_hash = ${after} where instance_id = ${this.#db.instanceId} and id = ${id} and password_hash = ${before}`,
    )
  }

  /** Raises the version, so that a save that read the user before cannot bring the old password back. */
  changeHash(id: number, before: string, after: string, trail: Trail): Promise<boolean> {
    return this.#db.write(async (sql) => {
      const changed = await sql`
        update app_user set password_hash = ${after}, data = data - 'require_password_change', version = version + 1, updated_at = now()
        where instance_id = ${this.#db.instanceId} and id = ${id} and password_hash = ${before}`
      if (changed.count === 1) await insertTrail(sql, this.#db.instanceId, trail)
      return changed.count === 1
    })
  }

  async seen(id: number, at: Date): Promise<void> {
    await this.#db.write((sql) => sql`update app_user set last_seen_at = ${at} where instance_id = ${this.#db.instanceId} and id = ${id}`)
  }
}

function accountOf(row: AccountRow): Account {
  return {
    id: Number(row.id),
    type: row.type,
    login: row.login,
    email: row.email,
    reference: row.reference,
    passwordHash: row.password_hash,
    systemRights: row.system_rights,
    archivedAt: row.archived_at,
    data: row.data,
    groups: row.groups,
  }
}
