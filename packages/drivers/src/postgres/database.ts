/**
 * Connections to PostgreSQL, and who uses which.
 *
 * `control` sees the register of instances and runs migrations. Everything of an instance goes through `tenant(id)`, whose
 * statements run under row-level security: a session setting names the instance, and a connection that has none sees no
 * row. Where the configured user could bypass row-level security, tenant connections act as a role that cannot.
 *
 * Drizzle describes the tables and runs the migrations. Its transactions are not used: one whose connection closes half-way
 * would end the process (see `connections.ts`), and it changes the parsers of every client it is given.
 */
import type { Options, ReservedSql, Sql } from 'postgres'
import { fail } from '@vitrine/domain/errors'
import { Connections } from './connections.ts'
import { connectTo, type Connection } from './connect.ts'
import { TenantDatabase } from './tenant-database.ts'

export type { ReservedSql, Sql }

export interface DatabaseOptions {
  /** A connection URL, or the socket of the embedded server. */
  readonly connection: Connection
  /** Connections for records; the rest of the server uses two more, and six while instances are made or removed. */
  readonly maxConnections?: number
  readonly statementTimeoutMs?: number
}

const TENANT_ROLE = 'vitrine_tenant'
const OLDEST_SERVER = 150_000
const GRANT_LOCK = 6_824_117_302

export class Database {
  readonly control: Sql
  /** For locks that are held while an instance is made or removed, so that waiting for one never starves `control`. */
  readonly exclusive: Connections
  readonly #records: Connections

  private constructor(control: Sql, exclusive: Connections, records: Connections) {
    this.control = control
    this.exclusive = exclusive
    this.#records = records
  }

  /** Connects and checks what the server is; throws a sentence an operator can act on. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const control = clientFor(options, 2, {})
    try {
      const role = await prepareRole(control)
      const session = role === undefined ? {} : { role }
      return new Database(
        control,
        new Connections((onclose) => clientFor(options, 1, {}, onclose), 4),
        new Connections((onclose) => clientFor(options, 1, session, onclose), options.maxConnections ?? 16),
      )
    } catch (error) {
      await control.end({ timeout: 5 })
      throw error
    }
  }

  tenant(instanceId: string): TenantDatabase {
    return new TenantDatabase(instanceId, this.#records)
  }

  /** Answers when the database does; throws ServiceUnavailable when it cannot be reached. */
  async ping(): Promise<void> {
    try {
      await this.control`select 1`
    } catch (error) {
      fail('ServiceUnavailable', {}, { cause: error })
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#records.close(10), this.exclusive.close(10)])
    await this.control.end({ timeout: 10 })
  }
}

function clientFor(options: DatabaseOptions, max: number, session: Record<string, string>, onclose: () => void = () => undefined): Sql {
  const settings: Options<Record<string, never>> = {
    max,
    idle_timeout: 300,
    // A connection that visits many instances caches much of the catalog; it is replaced now and then.
    max_lifetime: 60 * 30,
    connect_timeout: 15,
    onnotice: () => undefined,
    onclose,
    connection: {
      application_name: 'vitrine',
      statement_timeout: options.statementTimeoutMs ?? 60_000,
      lock_timeout: 10_000,
      idle_in_transaction_session_timeout: 120_000,
      jit: false,
      TimeZone: 'UTC',
      ...session,
    },
  }
  return connectTo(options.connection, settings)
}

/** Checks version and encoding, and answers the role tenant connections have to take, if any. */
async function prepareRole(control: Sql): Promise<string | undefined> {
  const [server] = await control<[{ version: number; encoding: string; free: boolean }]>`
    select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
           (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as free`
  if (server.version < OLDEST_SERVER) throw new Error(`PostgreSQL 15 or newer is needed; the server reports ${server.version}`)
  if (server.encoding !== 'UTF8') throw new Error(`the database has to be encoded in UTF8, not ${server.encoding}`)
  if (!server.free) return undefined
  // Two servers may come here at once, and roles belong to the whole cluster: losing that race is not a failure.
  await control.unsafe(`DO $$ BEGIN CREATE ROLE ${TENANT_ROLE} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`)
  return TENANT_ROLE
}

/** Lets the tenant role use what the migrations have made. Harmless to repeat. */
export async function grantToTenantRole(control: Sql): Promise<void> {
  const [found] =
    await control`select 1 from pg_roles where rolname = ${TENANT_ROLE} and (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)`
  if (!found) return
  // Two servers may come here at once, and the catalog takes one change of a table's rights at a time.
  await control.unsafe(`
    SELECT pg_advisory_xact_lock(${GRANT_LOCK});
    GRANT USAGE ON SCHEMA public TO ${TENANT_ROLE};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${TENANT_ROLE};
    REVOKE ALL ON instance, instance_domain, former_location FROM ${TENANT_ROLE};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${TENANT_ROLE};
    DO $$ DECLARE door regprocedure; BEGIN
      FOR door IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'vitrine\\_%' LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO ${TENANT_ROLE}', door);
      END LOOP; END $$`)
}
