import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf } from './failures.ts'
import type { TenantDatabase, TenantSql } from './tenant-database.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const raise = (sql: TenantSql, sqlstate: string) =>
  sql.unsafe(`do $$ begin raise exception 'on purpose' using errcode = '${sqlstate}'; end $$`).execute()
const insert = (sql: TenantSql, { instanceId }: TenantDatabase, name: string) =>
  sql`insert into setting (instance_id, name, value) values (${instanceId}, ${name}, '{}')`.execute()
const namesIn = async (tenant: TenantDatabase) => {
  const rows = await tenant.read((sql) => sql<{ name: string }[]>`select name from setting order by name`)
  return rows.map(({ name }) => name)
}

/** Starts statements behind one that fails, and hears of them before it does, as can happen when all answers come at once. */
async function heardLast(failing: Promise<unknown>, ...behind: Promise<unknown>[]): Promise<never> {
  await Promise.allSettled([failing, ...behind])
  await Promise.all(behind)
  throw new Error('what was behind has not failed')
}

describe('a transaction in which statements wait behind one that fails', () => {
  it.each(['40P01', '40001'])('runs again after %s, whichever statement is heard first', async (sqlstate) => {
    const tenant = db.instance()
    let attempts = 0
    await tenant.write(async (sql) => {
      attempts++
      await insert(sql, tenant, `attempt ${attempts}`)
      if (attempts === 1) await heardLast(raise(sql, sqlstate), insert(sql, tenant, 'behind'))
    })
    expect(attempts).toBe(2)
    expect(await namesIn(tenant)).toEqual(['attempt 2'])
  })

  it('gives up in the end with a failure that tells of locks', async () => {
    const tenant = db.instance()
    const losing = tenant.write((sql) => heardLast(raise(sql, '40P01'), insert(sql, tenant, 'behind')))
    await expect(losing).rejects.toMatchObject({ code: 'DatabaseLockError', retryable: true })
  })

  it.each([
    ['55P03', 'DatabaseLockError'],
    ['57014', 'RequestTimeout'],
    ['22003', 'ServerGeneric'],
  ])('fails with what is meant by %s', async (sqlstate, code) => {
    const tenant = db.instance()
    await expect(tenant.write((sql) => heardLast(raise(sql, sqlstate), insert(sql, tenant, 'behind')))).rejects.toMatchObject({ code })
  })

  it('tells which constraint refused a row', async () => {
    const tenant = db.instance()
    const twice = tenant.write((sql) => {
      void insert(sql, tenant, 'once')
      return heardLast(insert(sql, tenant, 'once'), insert(sql, tenant, 'behind'))
    })
    await expect(twice).rejects.toMatchObject({ code: '23505', constraint_name: 'setting_instance_id_name_pk' })
  })

  it('keeps the refusal of the work itself', async () => {
    const tenant = db.instance()
    const refused = tenant.write(async (sql) => {
      await Promise.allSettled([raise(sql, '40P01'), insert(sql, tenant, 'behind')])
      throw new Error('the work says no')
    })
    await expect(refused).rejects.toThrow('the work says no')
  })
})

describe('a transaction whose work passes over a failure', () => {
  it('fails with it, and is never taken for stored', async () => {
    const tenant = db.instance()
    const careless = tenant.write(async (sql) => {
      await insert(sql, tenant, 'before')
      await Promise.allSettled([raise(sql, '23514')])
    })
    expect(codeOf(await careless.catch((error: unknown) => error))).toBe('23514')
    expect(await namesIn(tenant)).toEqual([])
  })

  it('fails with one that nobody has waited for', async () => {
    const tenant = db.instance()
    const careless = tenant.write((sql) => {
      void raise(sql, '23514')
      return Promise.resolve()
    })
    expect(codeOf(await careless.catch((error: unknown) => error))).toBe('23514')
  })
})
