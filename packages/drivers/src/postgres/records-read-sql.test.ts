import type { Projection } from '@vitrine/domain/objects/record-store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresRecordsRead } from './records-read.ts'
import { recordStatements } from './records-read-sql.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const WIDE = 250
const columns = Array.from({ length: WIDE }, (_, i) => String(i + 1))
const projection = (more: Partial<Projection> = {}): Projection => ({
  written: [],
  wanted: { keys: new Map([[1, columns]]), hierarchical: [], polyhierarchical: [] },
  ...{ origin: true, acl: true, history: true, comment: false, ...more },
})

async function withRecord(content: object) {
  const tenant = db.instance()
  const id = tenant.instanceId
  await tenant.write(
    (sql) => sql`insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, content)
      values (${id}, 5, 1, 1, gen_random_uuid(), 1, 1, '2026-01-30T10:00:00.5Z', '2026-02-01T08:12:44+02:00', ${sql.json(content as never)}::jsonb)`,
  )
  const store = new PostgresRecordsRead(tenant)
  return async (asked: Projection) => {
    const [record] = await store.read((source) => source.records(asked, { by: 'systemId', ids: [5] }))
    return { facts: record?.facts, block: JSON.parse(`{${record?.block.slice(1) ?? ''}}`) as object }
  }
}

describe('the statements', () => {
  it('take more columns than a function takes arguments, and content large enough to be compressed', async () => {
    const content = Object.fromEntries(columns.map((key) => [key, `value ${key} `.repeat(50)]))
    const read = await withRecord(content)
    const written = columns.map((key) => ({ key, name: `c${key}`, empty: 'omit' as const }))
    const { facts, block } = await read(projection({ written }))
    expect(facts?.values).toEqual(content)
    expect(block).toEqual(Object.fromEntries(columns.map((key) => [`c${key}`, content[key]])))
  })

  it('pass over what is empty, or say so', async () => {
    const read = await withRecord({ '1': 'here' })
    const written = (['omit', 'null', 'false'] as const).flatMap((empty) =>
      [1, 2].map((key) => ({ key: String(key), name: `${empty}${key}`, empty })),
    )
    const { facts, block } = await read(projection({ written }))
    expect(block).toEqual({ omit1: 'here', null1: 'here', null2: null, false1: 'here', false2: false })
    expect(facts).toMatchObject({ values: { '1': 'here' }, created: '2026-01-30T10:00:00Z', modified: '2026-02-01T06:12:44Z' })
  })

  it('quote names, and take only keys of stored content', async () => {
    const read = await withRecord({ '1': 1 })
    expect((await read(projection({ written: [{ key: '1', name: `it's "so"`, empty: 'omit' }] }))).block).toEqual({ [`it's "so"`]: 1 })
    expect(() => recordStatements(projection({ written: [{ key: `1'`, name: 'x', empty: 'omit' }] }))).toThrow('not a key')
  })
})
