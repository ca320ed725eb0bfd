/** Finds or starts the database, and brings it up to date. */
import path from 'node:path'
import { JOB_QUEUES } from '@vitrine/domain/jobs'
import { startEmbeddedPostgres } from '@vitrine/drivers/embedded'
import * as store from '@vitrine/drivers/postgres'
import { installQueue, type PgBossQueueOptions } from '@vitrine/drivers/queue'
import type { Settings } from '../config.ts'
import type { Logger } from '../log.ts'

export interface OpenDatabase {
  readonly database: store.Database
  readonly connection: store.DatabaseOptions['connection']
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** Migrated and ready. The embedded database is started or adopted where no URL names another. */
export async function openDatabase(settings: Settings, log: Logger): Promise<OpenDatabase> {
  if (settings.databaseUrl !== null) {
    const database = await migrated(settings.databaseUrl, settings, log)
    return { database, connection: settings.databaseUrl, notes: [], close: () => database.close() }
  }
  const server = await startEmbeddedPostgres({ dataDir: path.join(settings.dataDir, 'postgres'), log: (line) => log.info({ embedded: true }, line) })
  try {
    const database = await migrated(server.connection, settings, log)
    const close = async () => {
      await database.close()
      await server.stop()
    }
    return { database, connection: server.connection, notes: server.notes, close }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function migrated(connection: store.DatabaseOptions['connection'], settings: Settings, log: Logger): Promise<store.Database> {
  try {
    await store.migrate(connection, () => installQueue(queueOptions(connection, log)))
    const database = await store.Database.open({ connection, maxConnections: settings.maxConnections, statementTimeoutMs: settings.requestTimeoutMs })
    await store.grantToTenantRole(database.control)
    return database
  } catch (error) {
    throw new Error(
      `the database cannot be used: ${error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error)}`,
      { cause: error },
    )
  }
}

export function queueOptions(connection: store.DatabaseOptions['connection'], log: Logger): PgBossQueueOptions {
  return { connection, queues: JOB_QUEUES, log: (failure, about) => log.warn({ err: failure }, about) }
}
