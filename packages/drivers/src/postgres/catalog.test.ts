/**
 * The rule that keeps instances apart, read from the catalog of a migrated database: whatever a migration adds has to obey
 * it. And proof that it holds: rows of two instances, looked at with every kind of connection the server uses.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grantToTenantRole } from './database.ts'
import { tenantTables } from './tenant-tables.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

/** Tables of the server itself: the register that says which instances there are. */
const WITHOUT_TENANT = ['instance', 'instance_domain', 'former_location']

let db: TestDatabase
let tables: string[]
beforeAll(async () => {
  db = await testDatabase()
  tables = (await tenantTables(db.database.control)).map((table) => table.name)
})
afterAll(() => db.close())

describe('every table of instances', () => {
  it('is known to be one', async () => {
    const rows = await db.database.control<
      { name: string }[]
    >`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`
    expect(rows.map((row) => row.name).toSorted()).toEqual([...tables, ...WITHOUT_TENANT].toSorted())
    expect(tables.length).toBeGreaterThan(15)
  })

  it('starts its primary key, unique keys and indexes with the instance', async () => {
    const rows = await db.database.control<{ index: string }[]>`
      select i.indexrelid::regclass::text as index from pg_index i join pg_class c on c.oid = i.indrelid
      left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where c.relname = any(${tables}) and a.attname is distinct from 'instance_id'`
    expect(rows).toEqual([])
    const [keys] = await db.database.control<[{ n: number }]>`
      select count(*)::int as n from pg_constraint where contype = 'p' and conrelid = any(${tables}::text[]::regclass[])`
    expect(keys.n).toBe(tables.length)
  })

  it('refers to rows of the same instance only', async () => {
    const rows = await db.database.control<{ name: string }[]>`
      select conname as name from pg_constraint k
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
      join pg_attribute b on b.attrelid = k.confrelid and b.attnum = k.confkey[1]
      where k.contype = 'f' and k.conrelid = any(${tables}::text[]::regclass[]) and (a.attname <> 'instance_id' or b.attname <> 'instance_id')`
    expect(rows).toEqual([])
  })

  it('shows and takes only rows of the instance that the session names, also to the owner of the table', async () => {
    const rows = await db.database.control<{ name: string }[]>`
      select c.relname as name from pg_class c
      where c.relname = any(${tables}) and not (c.relrowsecurity and c.relforcerowsecurity and (
        select count(*) = 1 and bool_and(p.polpermissive and p.polcmd = '*' and p.polroles = '{0}'
          and pg_get_expr(p.polqual, p.polrelid) = '(instance_id = (NULLIF(current_setting(''app.instance_id''::text, true), ''''::text))::uuid)'
          and p.polwithcheck is null)
        from pg_policy p where p.polrelid = c.oid))`
    expect(rows).toEqual([])
  })
})

describe('two instances', () => {
  /** A row in every tenant table, with values made up from the types of its columns. */
  async function filled() {
    const one = db.instance()
    const columns = await db.database.control<{ table: string; name: string; type: string }[]>`
      select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relname = any(${tables}) and a.attnotnull and a.attname <> 'instance_id' and not a.atthasdef and a.attidentity = ''`
    const samples: Readonly<Record<string, string>> = {
      bigint: '1',
      integer: '1',
      text: `'x'`,
      jsonb: `'{}'`,
      uuid: `'00000000-0000-4000-8000-000000000001'`,
      bytea: `'x'`,
      boolean: 'false',
      'timestamp with time zone': 'now()',
    }
    await one.write(async (sql) => {
      // Parents first: the order of emptying, backwards.
      for (const table of tables.toReversed()) {
        const own = columns.filter((column) => column.table === table)
        const names = ['instance_id', ...own.map((column) => `"${column.name}"`)]
        await sql.unsafe(`insert into "${table}" (${names.join(', ')}) values ($1, ${own.map(({ type }) => samples[type] ?? 'null').join(', ')})`, [
          one.instanceId,
        ])
      }
    })
    return one
  }
  const counts = (of: ReturnType<TestDatabase['instance']>) =>
    of.read(async (sql) => {
      const found: Record<string, number> = {}
      for (const table of tables) found[table] = (await sql.unsafe<{ n: number }[]>(`select count(*)::int as n from "${table}"`))[0]?.n ?? -1
      return found
    })

  it('never see, change, remove or add rows of each other, even without a condition in the statement', async () => {
    const one = await filled()
    const other = db.instance()
    expect(new Set(Object.values(await counts(one)))).toEqual(new Set([1]))
    expect(new Set(Object.values(await counts(other)))).toEqual(new Set([0]))
    await other.write(async (sql) => {
      for (const table of tables) {
        expect((await sql.unsafe(`update "${table}" set instance_id = instance_id`)).count).toBe(0)
        expect((await sql.unsafe(`delete from "${table}"`)).count).toBe(0)
      }
    })
    await expect(
      other.write((sql) => sql`insert into setting (instance_id, name, value) values (${one.instanceId}, 'theirs', '{}')`),
    ).rejects.toThrow('row-level security')
    await expect(one.write((sql) => sql`update setting set instance_id = ${other.instanceId}`)).rejects.toThrow('row-level security')
    expect(new Set(Object.values(await counts(one)))).toEqual(new Set([1]))
  })

  it('are told apart on a connection that served another instance a moment ago', async () => {
    const instances = await Promise.all([filled(), filled(), filled()])
    const seen = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const own = instances[i % 3] as (typeof instances)[number]
        const rows = await (i % 2 === 0
          ? own.read((sql) => sql`select instance_id from pool`)
          : own.write((sql) => sql`select instance_id from pool`))
        return rows.length === 1 && rows[0]?.['instance_id'] === own.instanceId
      }),
    )
    expect(seen).not.toContain(false)
  })

  it('are told apart whatever user the server was given: tenant connections cannot bypass the rule', async () => {
    await filled()
    const [role] = await db
      .instance()
      .read((sql) => sql<[{ free: boolean }]>`select rolsuper or rolbypassrls as free from pg_roles where rolname = current_user`)
    expect(role.free).toBe(false)
    const unnamed = await db.instance().read(async (sql) => {
      await sql`select set_config('app.instance_id', '', false)`
      return sql<[{ n: number }]>`select count(*)::int as n from pool`
    })
    expect(unnamed[0].n).toBe(0)
    const open = await db.database.control`select c.relname from pg_roles r, pg_class c
      where r.rolname = 'vitrine_tenant' and c.relname = any(${WITHOUT_TENANT}) and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')`
    expect(open).toEqual([])
  })

  it('are told apart for an ordinary user who owns the tables, as on a database somebody else manages', async () => {
    await filled()
    const { control } = db.database
    const owner = `owner_${randomUUID().slice(0, 8)}`
    await control.unsafe(`create role ${owner}; alter table pool owner to ${owner}; grant usage on schema public to ${owner}`)
    const connection = await control.reserve()
    try {
      await connection.unsafe(`set role ${owner}`)
      expect((await connection`select count(*)::int as n from pool`)[0]?.['n']).toBe(0)
    } finally {
      await connection.unsafe(`reset role; alter table pool owner to current_user; drop owned by ${owner}; drop role ${owner}`)
      connection.release()
    }
  })
})

describe('the role of tenants', () => {
  it('gets its rights from any number of servers that start at once', async () => {
    const again = Array.from({ length: 12 }, () => grantToTenantRole(db.database.control))
    await expect(Promise.all(again)).resolves.toHaveLength(12)
  })
})
