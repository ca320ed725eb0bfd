/** For tests only: a migrated database of their own on the server that VITRINE_TEST_DATABASE_URL names. */
import { randomBytes, randomUUID } from 'node:crypto'
import { JOB_QUEUES } from '@vitrine/domain/jobs'
import { installQueue } from '../queue/index.ts'
import { connectTo } from './connect.ts'
import { Database, grantToTenantRole } from './database.ts'
import { migrate } from './migrate.ts'
import type { TenantDatabase } from './tenant-database.ts'

export interface TestDatabase {
  readonly database: Database
  /** Of this very database, for clients of another kind. */
  readonly url: string
  /** A fresh instance; its rows are seen by nobody else. */
  instance(): TenantDatabase
  close(): Promise<void>
}

export async function testDatabase(): Promise<TestDatabase> {
  const server = process.env['VITRINE_TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/'
  const name = `vitrine_test_${randomBytes(6).toString('hex')}`
  const url = new URL(server)
  url.pathname = `/${name}`
  const admin = connectTo(server, { max: 1, onnotice: () => undefined })
  await admin.unsafe(`create database ${name} encoding 'UTF8' template template0`)
  await migrate(url.href, () => installQueue({ connection: url.href, queues: JOB_QUEUES, log: () => undefined }))
  const database = await Database.open({ connection: url.href, maxConnections: 8 })
  await grantToTenantRole(database.control)
  return {
    database,
    url: url.href,
    instance: () => database.tenant(randomUUID()),
    async close() {
      await database.close()
      await admin.unsafe(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}
