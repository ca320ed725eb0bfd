/**
 * Migrations run by themselves when a server starts, forward only and once: an advisory lock makes a second server that
 * starts at the same moment wait, and then find nothing left to do.
 */
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator'
import { fileURLToPath } from 'node:url'
import { connectTo, type Connection } from './connect.ts'

const LOCK = 6_824_117_301
const FOLDER = fileURLToPath(new URL('migrations', import.meta.url))

/** `then` is for what else has to be made by one server at a time. */
export async function migrate(connection: Connection, then: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  // One connection only, or the lock would be held by another session than the migrations use.
  const options = { max: 1, onnotice: () => undefined, connection: { application_name: 'vitrine-migrate' } }
  const client = connectTo(connection, options)
  try {
    await client`select pg_advisory_lock(${LOCK})`
    await runMigrations(drizzle(client), { migrationsFolder: FOLDER, migrationsSchema: 'vitrine_migrations' })
    await then()
  } finally {
    await client.end({ timeout: 10 })
  }
}
