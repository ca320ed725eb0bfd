/** Tokens by the hash of their secret. */
import type { Trail } from '@vitrine/domain/events/new-event'
import type { NewToken, StoredToken, TokenKind, TokenStore } from '@vitrine/domain/sign-in/token-store'
import { insertTrail } from './events-insert.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'

interface Row {
  hash: Uint8Array
  kind: TokenKind
  client_id: string
  user_id: string
  scope: string
  family: string
  details: Record<string, unknown>
  created_at: Date
  expires_at: Date
  used_at: Date | null
}

export class PostgresTokens implements TokenStore {
  readonly #db: TenantDatabase

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  find(hash: Uint8Array, now: Date): Promise<StoredToken | null> {
    return this.#db.read(async (sql) => {
      const [row] = await sql<Row[]>`
        select hash, kind, client_id, user_id, scope, family, details, created_at, expires_at, used_at
        from (select * from token where instance_id = ${this.#db.instanceId} and hash = ${hash} offset 0) t where expires_at > ${now}`
      return row ? tokenOf(row) : null
    })
  }

  save(tokens: readonly NewToken[], passwordHash: string | null, trail: Trail): Promise<boolean> {
    return this.#db.write(async (sql) => {
      // The lock makes a change of the password wait for this sign-in, so that it finds the new tokens when it revokes.
      const unchanged = await sql`
        select 1 from app_user where instance_id = ${this.#db.instanceId} and id = ${tokens[0]?.userId ?? 0}
          and password_hash is not distinct from ${passwordHash} for share`
      if (unchanged.count === 0) return false
      await this.#insert(sql, tokens)
      await insertTrail(sql, this.#db.instanceId, trail)
      return true
    })
  }

  spend(hash: Uint8Array, at: Date): Promise<boolean> {
    return this.#db.write(async (sql) => {
      const spent = await sql`update token set used_at = ${at} where instance_id = ${this.#db.instanceId} and hash = ${hash} and used_at is null`
      return spent.count === 1
    })
  }

  follow(parent: Uint8Array, tokens: readonly NewToken[], at: Date, spend: boolean, trail: Trail): Promise<boolean> {
    return this.#db.write(async (sql) => {
      const [held] = await sql<Row[]>`select family, used_at from token where instance_id = ${this.#db.instanceId} and hash = ${parent} for update`
      if (!held || (spend && held.used_at !== null)) return false
      if (spend) {
        await sql`update token set used_at = ${at} where instance_id = ${this.#db.instanceId} and hash = ${parent}`
        await sql`delete from token where instance_id = ${this.#db.instanceId} and family = ${held.family} and kind = 'access'`
      }
      await this.#insert(sql, tokens)
      await insertTrail(sql, this.#db.instanceId, trail)
      return true
    })
  }

  async revokeFamily(family: string, trail: Trail): Promise<void> {
    await this.#db.write(async (sql) => {
      const ended = await sql`delete from token where instance_id = ${this.#db.instanceId} and family = ${family}`
      if (ended.count > 0) await insertTrail(sql, this.#db.instanceId, trail)
    })
  }

  async revokeUser(userId: number): Promise<void> {
    await this.#db.write((sql) => sql`delete from token where instance_id = ${this.#db.instanceId} and user_id = ${userId}`)
  }

  /** Whoever signs in again and again leaves no heap behind: what has expired goes when something new comes. */
  async #insert(sql: TenantSql, tokens: readonly NewToken[]): Promise<void> {
    const instanceId = this.#db.instanceId
    for (const { userId, createdAt } of tokens.slice(0, 1))
      await sql`delete from token where instance_id = ${instanceId} and user_id = ${userId} and expires_at <= ${createdAt}`
    const rows = tokens.map((t) => ({
      instance_id: instanceId,
      hash: t.hash,
      kind: t.kind,
      client_id: t.clientId,
      user_id: t.userId,
      scope: t.scope,
      family: t.family,
      details: sql.json(t.details as never),
      created_at: t.createdAt,
      expires_at: t.expiresAt,
    }))
    await sql`insert into token ${sql(rows as never)}`
  }
}

const tokenOf = (row: Row): StoredToken => ({
  hash: row.hash,
  kind: row.kind,
  clientId: row.client_id,
  userId: Number(row.user_id),
  scope: row.scope,
  family: row.family,
  details: row.details,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  usedAt: row.used_at,
})
