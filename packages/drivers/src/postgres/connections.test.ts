import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Connections } from './connections.ts'
import { PostgresInstances } from './instances.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
const uncaught: unknown[] = []
const remember = (error: unknown) => void uncaught.push(error)

beforeAll(async () => {
  db = await testDatabase()
  process.on('uncaughtException', remember)
})
afterAll(async () => {
  process.off('uncaughtException', remember)
  await db.close()
})

const pidOf = async (sql: TenantSql) => (await sql<[{ pid: number }]>`select pg_backend_pid() as pid`)[0].pid
const kill = (pid: number) => db.database.control`select pg_terminate_backend(${pid})`
const settingOf = async (tenant: TenantDatabase) => {
  const rows = await tenant.read((sql) => sql<[{ id: string }]>`select current_setting('app.instance_id') as id`)
  return rows[0].id
}

describe('a connection that closes', () => {
  it('between two statements of a transaction ends that transaction only', async () => {
    const tenant = db.instance()
    const lost = tenant.write(async (sql) => {
      await kill(await pidOf(sql))
      await pause(100)
      return sql`select 1`
    })
    await expect(lost).rejects.toMatchObject({ code: 'ServiceUnavailable' })
    for (let i = 0; i < 10; i++) expect(await settingOf(tenant)).toBe(tenant.instanceId)
    expect(uncaught).toEqual([])
  })

  it('during a statement, with others behind it, fails the work and not the process', async () => {
    const tenant = db.instance()
    const lost = tenant.write(async (sql) => {
      const pid = await pidOf(sql)
      setTimeout(() => void kill(pid).execute(), 50)
      return Promise.allSettled([sql`select pg_sleep(5)`, sql`select ${'described first'}::text`, sql`select 3`])
    })
    await expect(lost).rejects.toMatchObject({ code: 'ServiceUnavailable' })
    await pause(50)
    expect(await settingOf(tenant)).toBe(tenant.instanceId)
    expect(uncaught).toEqual([])
  })

  it('while nobody uses it is replaced before anybody does', async () => {
    const tenant = db.instance()
    await kill(await tenant.read(pidOf))
    await pause(50)
    expect(await settingOf(tenant)).toBe(tenant.instanceId)
    expect(uncaught).toEqual([])
  })

  it('while a lock is held over work ends that work with a failure', async () => {
    const instances = new PostgresInstances(db.database)
    const id = randomUUID()
    const lost = instances.exclusively(id, async () => {
      await db.database.control`select pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`
      await pause(100)
    })
    await expect(lost).rejects.toMatchObject({ code: 'ServiceUnavailable' })
    await pause(150)
    expect(await instances.exclusively(id, () => Promise.resolve())).toBe(true)
    expect(uncaught).toEqual([])
  })
})

describe('a statement that comes after its transaction', () => {
  it('is not carried out, neither there nor in the next one', async () => {
    const tenant = db.instance()
    let late: Promise<unknown> | undefined
    const insert = (sql: TenantSql) => sql`insert into setting (instance_id, name, value) values (${tenant.instanceId}, 'late', '{}')`
    const failed = tenant.write(async (sql) => {
      late = pause(50).then(() => insert(sql))
      late.catch(() => undefined)
      throw new Error('the other branch')
    })
    await expect(failed).rejects.toThrow('the other branch')
    await expect(late).rejects.toThrow('a statement came after')
    expect(await tenant.read((sql) => sql`select 1 from setting where instance_id = ${tenant.instanceId}`)).toHaveLength(0)
  })
})

describe('all connections lent', () => {
  /** A pool of one connection, which is none; everything else it would ask of a client is a failure. */
  function one(patienceMs?: number): Connections {
    let lent = 0
    const client = { reserve: () => Promise.resolve(Object.assign(() => undefined, { release: () => undefined })), end: () => Promise.resolve() }
    const open = () => {
      if (lent++ > 0) throw new Error('no further connection was asked for')
      return client as never
    }
    return new Connections(open, 1, patienceMs)
  }
  /** Work that lasts until it is told to end. */
  function occupied(connections: Connections) {
    const { promise, resolve } = Promise.withResolvers<void>()
    return { work: connections.lend(() => promise), end: resolve }
  }

  it('makes others wait their turn', async () => {
    const connections = one()
    let ended = false
    const first = occupied(connections)
    const second = connections.lend(() => Promise.resolve(ended))
    ended = true
    first.end()
    await first.work
    expect(await second).toBe(true)
  })

  it('turns them away when it takes too long', async () => {
    const connections = one(20)
    const long = occupied(connections)
    await expect(connections.lend(() => Promise.resolve())).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' })
    long.end()
    await long.work
  })

  it('turns them away when the connections are closed, and lets the work under way finish', async () => {
    const connections = one()
    const underWay = occupied(connections)
    const refused = connections.lend(() => Promise.resolve())
    const closing = connections.close(1)
    await expect(refused).rejects.toMatchObject({ code: 'CONNECTION_ENDED' })
    underWay.end()
    await Promise.all([underWay.work, closing])
  })
})
