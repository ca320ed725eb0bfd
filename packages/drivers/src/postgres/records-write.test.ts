import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { artwork, idOf, instanceIn, link, record, refusal, type Json } from './records-write.harness.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

const instance = () => instanceIn(db)

describe('creating and changing', () => {
  it('stores a record with its first version, links and unique values', async () => {
    const at = await instance()
    const [person] = await at.save('person', [record('person', { name: 'Ada', code: 'a' })])
    const [saved] = await at.save('artwork', [
      artwork({
        accession: 'T1',
        title: { 'en-US': 'Harbour', xx: '' },
        year: 1890,
        '_nested:artwork__persons': [{ role: 'painter', person: link('person', { 'lookup:_id': { code: 'a' } }) }, {}],
      }),
    ])
    const stored = await at.row(saved?.systemId as number)
    expect(stored).toMatchObject({ version: 1, owner: 1, content: { 7: 'T1', 8: { 'en-US': 'Harbour', xx: '' }, 9: 1890 } })
    expect(Object.values(stored?.content ?? {}).find(Array.isArray)).toEqual([
      { _uuid: expect.any(String) as string, 5: 'painter', 6: { s: person?.systemId } },
    ])
  })

  it('replaces what the mask lets through and keeps the rest', async () => {
    const at = await instance()
    const [first] = await at.save('artwork', [artwork({ accession: 'T1', title: { a: 'x' }, year: 1 })])
    const _id = await idOf(at, first?.systemId)
    await at.save('artwork', [{ ...artwork({ _id, _version: 2, title: { a: 'y' } }), _mask: 'artwork__title' }])
    expect(await at.row(first?.systemId as number)).toMatchObject({ version: 2, content: { 7: 'T1', 8: { a: 'y' }, 9: 1 } })
    await at.save('artwork', [artwork({ 'lookup:_id': { accession: 'T1' }, _version: 3, accession: 'T2' })])
    expect((await at.row(first?.systemId as number))?.content).toEqual({ 7: 'T2' })
  })

  it('keeps nested rows by their UUID and refuses unknown and repeated ones', async () => {
    const at = await instance()
    const [first] = await at.save('artwork', [artwork({ '_nested:artwork__persons': [{ role: 'a' }, { role: 'b' }] })])
    const _id = await idOf(at, first?.systemId)
    const rows = (await at.row(first?.systemId as number))?.content['t4'] as { _uuid: string }[]
    const [a, b] = rows.map(({ _uuid }) => _uuid)
    const change = (list: Json[]) => at.save('artwork', [artwork({ _id, _version: 2, '_nested:artwork__persons': list })])
    expect(await refusal(change([{ _uuid: '7a41b7a0-0000-4000-8000-000000000000', role: 'c' }]))).toMatchObject({ code: 'SchemaInconsistent' })
    expect(
      await refusal(
        change([
          { _uuid: a, role: 'c' },
          { _uuid: a, role: 'd' },
        ]),
      ),
    ).toMatchObject({ code: 'SchemaInconsistent' })
    await change([{ _uuid: b, role: 'b2' }, { role: 'new' }, { _uuid: a, role: '' }])
    const after = (await at.row(first?.systemId as number))?.content['t4'] as Json[]
    expect(after.map((r) => r[5])).toEqual(['b2', 'new'])
    expect(after[0]?._uuid).toBe(b)
  })

  it('answers a version that does not follow the stored one with VersionMismatch', async () => {
    const at = await instance()
    const [first] = await at.save('person', [record('person', { name: 'x' })])
    const _id = await idOf(at, first?.systemId)
    for (const version of [3, 0, -1])
      expect(await refusal(at.save('person', [record('person', { _id, _version: version })]))).toEqual({
        ...{ code: 'VersionMismatch', currentversion: 1, receivedversion: version, expectedversion: 2 },
      })
    expect(await refusal(at.save('person', [record('person', { _version: 2 })]))).toMatchObject({ code: 'VersionMismatch', currentversion: 0 })
    expect(await refusal(at.save('person', [record('person', { _id: 999, _version: 2 })]))).toEqual({
      code: 'LookupNotFound',
      key: '_id',
      value: '999',
    })
  })

  it.each<[string, Json, string]>([
    ['a field that does not exist', { nothing: null }, 'SchemaInconsistent'],
    ['a nested table that does not exist', { '_nested:nothing': [] }, 'SchemaInconsistent'],
    ['changing several at once that are not there', { _id: [1, 2] }, 'LookupNotFound'],
    ['group modes', { 'title:append': 'x' }, 'SchemaInconsistent'],
    ['automatic versions', { '_version:auto_increment': true }, 'SchemaInconsistent'],
    ['a pool for a type without', { _pool: { pool: { _id: 1 } } }, 'SchemaInconsistent'],
    ['a parent for a type without', { _id_parent: 1 }, 'SchemaInconsistent'],
    ['wrong JSON', { year: '1890' }, 'RecordUnmarshalJson'],
    ['a number out of range', { year: 2 ** 53 }, 'NumberOutOfRange'],
    ['U+0000', { accession: 'a\u0000' }, 'SchemaInconsistent'],
    ['a link to another type', { place: link('person', { _id: 1 }) }, 'SchemaInconsistent'],
    ['a link to nothing', { place: link('place', { _id: 77 }) }, 'LookupNotFound'],
    ['a lookup with two keys', { place: link('place', { 'lookup:_id': { name: 'a', label: { a: 'b' } } }) }, 'RecordUnmarshalJson'],
    ['a lookup that finds nothing', { place: link('place', { 'lookup:_id': { name: 'Atlantis' } }) }, 'LookupNotFound'],
  ])('refuses %s', async (_, block, code) => {
    const at = await instance()
    expect(await refusal(at.save('artwork', [artwork(block)]))).toMatchObject({ code })
  })

  it('refuses the whole request when one record is wrong', async () => {
    const at = await instance()
    expect(await refusal(at.save('person', [record('person', { code: 'a' }), record('person', { code: 'a' })]))).toMatchObject({
      ...{ code: 'DatabaseUniqueKeyViolation', name: 'person.code' },
    })
    const rows = await at.tenant.read((sql) => sql`select 1 from record where instance_id = ${at.id}`)
    expect(rows).toHaveLength(0)
  })
})

describe('ids', () => {
  it('takes chosen ones once, and draws none of them later', async () => {
    const at = await instance()
    const uuid = '7a41b7a0-0000-4000-8000-000000000001'
    await at.save('person', [record('person', { _id: 3, name: 'x' }, { _system_object_id: 2, _uuid: uuid })])
    expect(await refusal(at.save('person', [record('person', { _id: 3 })]))).toEqual({
      code: 'DatabaseUniqueKeyViolation',
      name: 'person._id',
      valuelinkedsystemobjectid: 2,
    })
    expect(await refusal(at.save('person', [record('person', {}, { _system_object_id: 2 })]))).toMatchObject({ name: '_system_object_id' })
    expect(await refusal(at.save('person', [record('person', {}, { _uuid: uuid })]))).toMatchObject({ name: '_uuid' })
    const saved = await at.save(
      'person',
      [1, 2, 3, 4].map(() => record('person', {})),
    )
    expect(Math.min(...saved.map((s) => s.systemId as number))).toBeGreaterThan(2)
  })

  it('draws again when another server has stored the drawn id', async () => {
    const at = await instance()
    const [first] = await at.save('person', [record('person', {})])
    const next = (first?.systemId as number) + 1
    await at.tenant.write(
      (sql) =>
        sql`insert into record (instance_id, system_id, table_id, object_id, uuid, version, schema_version, created_at, modified_at, content) values (${at.id}, ${next}, 2, ${next}, gen_random_uuid(), 1, 1, now(), now(), '{}')`,
    )
    const [second] = await at.save('person', [record('person', {})])
    expect(second?.systemId).toBeGreaterThan(next)
  })

  it('stores nothing and draws nothing in a dry run', async () => {
    const at = await instance()
    const [dry] = await at.save('place', [record('place', { name: 'a' })], { dryRun: true })
    expect(dry).toMatchObject({ systemId: null, objectId: null, version: 1 })
    expect(await refusal(at.save('artwork', [artwork({ place: link('place', { 'lookup:_id': { name: 'a' } }) })], { dryRun: true }))).toMatchObject({
      code: 'LookupNotFound',
    })
    expect(await at.tenant.read((sql) => sql`select 1 from record where instance_id = ${at.id}`)).toHaveLength(0)
    expect(await at.counters.draw('system_object_id', 1)).toEqual([1])
  })
})

describe('links and hierarchies', () => {
  it('finds targets by every address, in the same request as well', async () => {
    const at = await instance()
    const uuid = '7a41b7a0-0000-4000-8000-00000000000a'
    const [first] = await at.save('artwork', [artwork({ _id: 10, accession: 'A', title: { de: 'Hafen', en: 'Harbour' } }, { _uuid: uuid })])
    const systemId = first?.systemId as number
    const named = [link('artwork', { _id: 10 }), { _system_object_id: systemId }, { _uuid: uuid }]
    const searched = [{ accession: 'A' }, { title: { en: 'Harbour' } }, { _uuid: uuid }, { _system_object_id: systemId }]
    const refs = [...named, ...searched.map((by) => link('artwork', { 'lookup:_id': by }))]
    const saved = await at.save(
      'artwork',
      refs.map((related) => artwork({ related })),
    )
    for (const { systemId: id } of saved) expect((await at.row(id as number))?.content).toEqual({ 11: { s: systemId } })
    const [a, b] = await at.save('artwork', [
      artwork({ accession: 'X', related: link('artwork', { 'lookup:_id': { accession: 'Y' } }) }),
      artwork({ accession: 'Y', related: link('artwork', { 'lookup:_id': { accession: 'X' } }) }),
    ])
    expect((await at.row(a?.systemId as number))?.content[11]).toEqual({ s: b?.systemId })
    expect((await at.row(b?.systemId as number))?.content[11]).toEqual({ s: a?.systemId })
  })

  it('refuses a lookup with several hits', async () => {
    const at = await instance()
    await at.save('person', [record('person', { name: 'x' }), record('person', { name: 'x' })])
    const ref = link('person', { 'lookup:_id': { name: 'x' } })
    expect(await refusal(at.save('artwork', [artwork({ '_nested:artwork__persons': [{ person: ref }] })]))).toEqual({
      code: 'LookupFoundTooMany',
      count: 2,
      value: 'x',
    })
  })

  it('builds a tree in one request and refuses circles', async () => {
    const at = await instance()
    const below = (name: string, parent: string) => record('place', { name, 'lookup:_id_parent': { name: parent } })
    const [c, b, a] = await at.save('place', [below('c', 'b'), below('b', 'a'), record('place', { name: 'a' })])
    expect((await at.row(c?.systemId as number))?.parent).toBe(b?.systemId)
    expect((await at.row(b?.systemId as number))?.parent).toBe(a?.systemId)
    expect(await refusal(at.save('place', [below('x', 'y'), below('y', 'x')]))).toMatchObject({ code: 'SchemaInconsistent' })
    const moved = record('place', { 'lookup:_id': { name: 'a' }, _version: 2, name: 'a', 'lookup:_id_parent': { name: 'c' } })
    expect(await refusal(at.save('place', [moved]))).toMatchObject({ code: 'SchemaInconsistent' })
    expect(await refusal(at.save('place', [below('b', 'a')]))).toMatchObject({ code: 'DatabaseUniqueKeyViolation' })
    await at.save('place', [below('b', 'c')])
  })
})

describe('unique values', () => {
  it('can be swapped inside a request, and are free again after a deletion', async () => {
    const at = await instance()
    const saved = await at.save('person', [record('person', { code: 'a' }), record('person', { code: 'b' })])
    const [one, two] = await Promise.all(saved.map((s) => idOf(at, s.systemId)))
    await at.save('person', [record('person', { _id: one, _version: 2, code: 'b' }), record('person', { _id: two, _version: 2, code: 'a' })])
    expect(await refusal(at.save('person', [record('person', { code: 'a' })]))).toMatchObject({
      code: 'DatabaseUniqueKeyViolation',
      valuelinkedsystemobjectid: saved[1]?.systemId,
    })
    await at.remove('person', [[two as number, 2, null]])
    await at.save('person', [record('person', { code: 'a' })])
  })
})

describe('deleting', () => {
  it('puts a record in the trash as a further version', async () => {
    const at = await instance()
    const [saved] = await at.save('person', [record('person', { name: 'x' })])
    const _id = await idOf(at, saved?.systemId)
    expect(await refusal(at.remove('person', [[_id, 2, null]]))).toMatchObject({ code: 'VersionMismatch', currentversion: 1, expectedversion: 1 })
    expect(await at.remove('person', [[_id, 1, 'gone']])).toEqual({ done: true, policy: '', removed: [saved?.systemId], setnull: [] })
    const versions = await at.tenant.read(
      (sql) => sql`select version, operation, comment from record_version where instance_id = ${at.id} order by version`,
    )
    expect([...versions]).toEqual([
      { version: 1, operation: 'INSERT', comment: null },
      { version: 2, operation: 'DELETE', comment: 'gone' },
    ])
    expect(await refusal(at.remove('person', [[_id, 2, null]]))).toMatchObject({ code: 'LookupNotFound' })
    expect(await refusal(at.save('person', [record('person', { _id, _version: 3 })]))).toMatchObject({ code: 'LookupNotFound' })
    expect(await refusal(at.save('artwork', [artwork({ '_nested:artwork__persons': [{ person: link('person', { _id }) }] })]))).toMatchObject({
      code: 'LookupNotFound',
    })
  })

  it('asks when something still links to the record or to what stands below it', async () => {
    const at = await instance()
    const [, low] = await at.save('place', [record('place', { _id: 1, name: 'a' }), record('place', { _id: 2, name: 'b', _id_parent: 1 })])
    await at.save('artwork', [artwork({ _id: 5, place: { _system_object_id: low?.systemId } })])
    expect(await at.remove('place', [[1, 1, null]])).toMatchObject({ done: false, tasks: [{ message: expect.stringContaining('1 of artwork') }] })
    await at.remove('artwork', [[5, 1, null]])
    expect(await at.remove('place', [[1, 1, null]])).toMatchObject({ done: true })
  })
})

describe('races', () => {
  const outcomes = async (runs: Promise<unknown>[]) => (await Promise.all(runs.map(refusal))).map((r) => String(r.code)).sort()

  it('lets exactly one of many inserts of a unique value win', async () => {
    const at = await instance()
    const codes = await outcomes(Array.from({ length: 8 }, () => at.save('person', [record('person', { code: 'same' })])))
    expect(codes).toEqual([...Array.from({ length: 7 }, () => 'DatabaseUniqueKeyViolation'), 'none'])
  })

  it('lets exactly one of many changes of the same version win', async () => {
    const at = await instance()
    await at.save('person', [record('person', { _id: 1 }), record('person', { _id: 2 })])
    const change = (i: number) =>
      at.save(
        'person',
        (i % 2 ? [1, 2] : [2, 1]).map((_id) => record('person', { _id, _version: 2, name: `${i}` })),
      )
    const codes = await outcomes(Array.from({ length: 8 }, (_, i) => change(i)))
    expect(codes).toEqual([...Array.from({ length: 7 }, () => 'VersionMismatch'), 'none'])
  })

  it('never leaves a link to a deleted record', async () => {
    const at = await instance()
    for (let i = 1; i <= 10; i++) {
      const [person] = await at.save('person', [record('person', { _id: i })])
      const [linked, removed] = await Promise.all([
        refusal(at.save('artwork', [artwork({ '_nested:artwork__persons': [{ person: link('person', { _id: i }) }] })])),
        at.remove('person', [[i, 1, null]]),
      ])
      expect((await at.row(person?.systemId as number))?.deleted).toBe(linked.code !== 'none')
      expect(removed.done).toBe(linked.code !== 'none')
    }
  })

  it('never lets two moves close a circle together', async () => {
    const at = await instance()
    for (let i = 1; i <= 20; i += 2) {
      await at.save('place', [record('place', { _id: i }), record('place', { _id: i + 1 })])
      const move = (_id: number, parent: number) => at.save('place', [record('place', { _id, _version: 2, _id_parent: parent })])
      expect(await outcomes([move(i, i + 1), move(i + 1, i)])).toEqual(['SchemaInconsistent', 'none'])
    }
  })

  it('lets crossing swaps of unique values through without a deadlock at the client', async () => {
    const at = await instance()
    await at.save(
      'person',
      ['a', 'b'].map((code, i) => record('person', { _id: i + 1, code })),
    )
    const codes = await outcomes([
      at.save('person', [record('person', { _id: 1, _version: 2, code: 'b' })]),
      at.save('person', [record('person', { _id: 2, _version: 2, code: 'a' })]),
    ])
    expect(codes).toContain('DatabaseUniqueKeyViolation')
    expect(codes).not.toContain('DatabaseLockError')
  })
})
