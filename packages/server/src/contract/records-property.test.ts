/**
 * Records in datamodels that nobody has thought of. What goes in comes out, but for what the contract says is made uniform; what
 * the datamodel forbids is refused with its code; a dry run says what the save then does; what was read can be saved back and
 * changes nothing; and nothing is an unforeseen failure. FUZZ_SEED and FUZZ_RUNS choose another walk or a longer one.
 */
import {
  documentOf,
  LENGTH_MAX,
  LOWEST,
  models,
  nameOf,
  rows,
  type Model,
  type ModelColumn,
  type ModelTable,
  type Row,
} from '@vitrine/testing/generated-datamodels'
import { unreadable, VALUE_TYPES } from '@vitrine/testing/record-values'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestInstance, type TestServer } from '../testing/test-server.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 7)
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 30)
console.log(`records: seed ${seed}, ${numRuns} runs`)

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

// oxlint-disable-next-line no-explicit-any -- answers, of which a test looks at the parts that matter
type Json = any
interface Saved {
  readonly id: number
  readonly systemId: number
}
function demandOk({ status, text }: { status: number; text: string }): void {
  if (status !== 200) throw new Error(`${status}: ${text}`)
}

/** One instance with a datamodel, and what has been saved there. */
class Place {
  readonly at: TestInstance
  readonly model: Model
  readonly saved = new Map<string, Saved[]>()

  constructor(at: TestInstance, model: Model) {
    this.at = at
    this.model = model
  }

  static async with(model: Model): Promise<Place> {
    const place = new Place(await server.instance(), model)
    await place.commit(documentOf(model))
    return place
  }

  async commit(document: object): Promise<void> {
    demandOk(await this.at.api('POST', '/api/v1/schema/user/HEAD', document))
    demandOk(await this.at.api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip'))
  }

  save(type: string, records: readonly object[], dryRun = false) {
    return this.at.api('POST', `/api/v1/db/${type}?format=long&dry_run=${dryRun}`, records)
  }

  async read(type: string, id: number): Promise<Json> {
    const answer = await this.at.api('GET', `/api/v1/db/${type}/_all_fields/${id}?format=long`)
    demandOk(answer)
    return answer.body[0]
  }

  target(column: ModelColumn, n: unknown): [type: string, Saved | undefined] {
    const type = nameOf(column.target % this.model.length)
    const known = this.saved.get(type) ?? []
    return [type, known[Number(n) % Math.max(1, known.length)]]
  }
}

/** The row as a client writes it. */
function sentOf(place: Place, table: ModelTable, name: string, row: Row): Record<string, unknown> {
  const sent: Record<string, unknown> = {}
  for (const column of table.columns) {
    const sample = row.columns[column.name]
    if (!sample) continue
    if (column.type !== 'link') sent[column.name] = sample.sent
    else {
      const [type, saved] = place.target(column, sample.sent)
      sent[column.name] = saved ? { _objecttype: type, _mask: '_all_fields', [type]: { _id: saved.id } } : null
    }
  }
  table.nested.forEach((inner, i) => {
    const list = row.nested[`n${i}`]
    if (list) sent[`_nested:${name}__n${i}`] = list.map((one) => sentOf(place, inner, `${name}__n${i}`, one))
  })
  return sent
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
const withoutUuid = (value: unknown) => (isObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== '_uuid')) : value)

/** What is stored of it: columns without a value are left out, and so are rows that are empty. */
function keptOf(place: Place, table: ModelTable, row: Row): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const column of table.columns) {
    const sample = row.columns[column.name]
    const value = column.type === 'link' && sample ? place.target(column, sample.sent)[1]?.systemId : sample?.kept
    if (value !== undefined) kept[column.name] = value
  }
  table.nested.forEach((inner, i) => {
    const list = (row.nested[`n${i}`] ?? [])
      .map((one) => keptOf(place, inner, one))
      .filter((one) => !Object.values(one).every((value) => value === ''))
    if (list.length > 0) kept[`n${i}`] = list
  })
  return kept
}

/** What an answer has to show of that. */
function expectedOf(table: ModelTable, kept: Record<string, unknown>): Json {
  const shown: Record<string, unknown> = {}
  for (const { name, type } of table.columns) {
    if (type === 'boolean') shown[name] = kept[name] ?? false
    else if (kept[name] !== undefined) shown[name] = type.startsWith('custom:') ? withoutUuid(kept[name]) : kept[name]
  }
  table.nested.forEach((inner, i) => {
    const list = kept[`n${i}`] as Record<string, unknown>[] | undefined
    if (list) shown[`n${i}`] = list.map((one) => expectedOf(inner, one))
  })
  return shown
}
/** The same from an answer. */
function shownOf(table: ModelTable, name: string, block: Json): Json {
  const shown: Record<string, unknown> = {}
  for (const { name: column, type } of table.columns) {
    const value = block[column]
    if (value === undefined || value === null) continue
    shown[column] = type === 'link' ? value._system_object_id : type.startsWith('custom:') ? withoutUuid(value) : value
  }
  table.nested.forEach((inner, i) => {
    const list = block[`_nested:${name}__n${i}`]
    if (list?.length) shown[`n${i}`] = list.map((one: Json) => shownOf(inner, `${name}__n${i}`, one))
  })
  return shown
}

const textsOf = (value: unknown): string[] => (typeof value === 'string' ? [value] : isObject(value) ? Object.values(value) : [])
function breaksRule({ type, notNull, rule }: ModelColumn, value: unknown): boolean {
  if (value === undefined) return type !== 'boolean' && (notNull || rule === 'not_empty')
  if (rule === 'not_empty') return value === '' || (isObject(value) && Object.values(value).every((part) => part === ''))
  if (rule === 'length') return textsOf(value).some((text) => Array.from(text).length > LENGTH_MAX)
  return rule === 'range' && (value as number) < LOWEST
}
const breaks = (table: ModelTable, kept: Record<string, unknown>): boolean =>
  table.columns.some((column) => breaksRule(column, kept[column.name])) ||
  table.nested.some((inner, i) => ((kept[`n${i}`] ?? []) as Record<string, unknown>[]).some((one) => breaks(inner, one)))

const recordOf = (type: string, block: object) => ({ _objecttype: type, _mask: '_all_fields', [type]: block })
const pool = { _pool: { pool: { 'lookup:_id': { reference: 'system:standard' } } } }

async function roundTrip(place: Place, index: number, row: Row): Promise<void> {
  const objecttype = place.model[index]
  if (!objecttype) return
  const type = nameOf(index)
  const known = place.saved.get(type) ?? []
  const above = objecttype.hierarchy === 'one' && known.length > 1 ? { _id_parent: known[0]?.id } : {}
  const record = recordOf(type, { ...(objecttype.hasPools && pool), ...above, ...sentOf(place, objecttype, type, row) })
  const kept = keptOf(place, objecttype, row)
  const [tried, saved] = [await place.save(type, [record], true), await place.save(type, [record])]
  expect([tried.status, tried.body.code]).toEqual([saved.status, saved.body.code])
  if (saved.status !== 200) {
    const taken = objecttype.isUnique && saved.body.code === 'DatabaseUniqueKeyViolation'
    if (!taken) expect([saved.body.code, breaks(objecttype, kept)], saved.text).toEqual(['SchemaInconsistent', true])
    return
  }
  expect(breaks(objecttype, kept)).toBe(false)
  const expected = expectedOf(objecttype, kept)
  const { _id: id } = saved.body[0][type]
  place.saved.set(type, [...known, { id, systemId: saved.body[0]._system_object_id }])
  expect(shownOf(objecttype, type, tried.body[0][type])).toEqual(expected)
  expect(shownOf(objecttype, type, saved.body[0][type])).toEqual(expected)
  await savedBack(place, type, id, (block) => expect(shownOf(objecttype, type, block)).toEqual(expected))
}

/** Sends back what an answer said, and finds the same afterwards, but for the version and when it was changed. */
async function savedBack(place: Place, type: string, id: number, look: (block: Json) => void): Promise<void> {
  const before = await place.read(type, id)
  look(before[type])
  const again = await place.save(type, [{ ...before, [type]: { ...before[type], _version: before[type]._version + 1 } }])
  demandOk(again)
  const after = await place.read(type, id)
  const lasting = ({ _last_modified: _, ...record }: Json) => ({ ...record, [type]: { ...record[type], _version: 0 } })
  expect(lasting(after)).toEqual(lasting(before))
}

const everyType = (): ModelColumn[] => [...VALUE_TYPES, 'link'].map((type, i) => ({ type, name: `c${i}`, target: 0, notNull: false, rule: 'none' }))
const EVERYTHING: Model = [
  {
    ...{ columns: everyType(), nested: [{ columns: everyType(), nested: [{ columns: everyType(), nested: [] }] }] },
    ...{ hasPools: false, hasTags: true, hasAcl: true, hierarchy: 'none', isUnique: false },
  },
]

describe('records', () => {
  it('with columns of every type come back as they were sent, down to the rows of rows', async () => {
    const place = await Place.with(EVERYTHING)
    await fc.assert(
      fc.asyncProperty(rows(EVERYTHING[0] as ModelTable), (row) => roundTrip(place, 0, row)),
      { numRuns: numRuns * 2, seed },
    )
    expect(place.saved.get(nameOf(0))?.length).toBeGreaterThan(numRuns)
  })

  it('of any datamodel are kept or refused by its rules', async () => {
    const filled = models.chain((model) =>
      fc.tuple(fc.constant(model), fc.tuple(...model.map((objecttype) => fc.array(rows(objecttype), { minLength: 2, maxLength: 3 })))),
    )
    let stored = 0
    await fc.assert(
      fc.asyncProperty(filled, async ([model, lists]) => {
        const place = await Place.with(model)
        for (const [index, list] of lists.entries()) for (const row of list) await roundTrip(place, index, row)
        stored += [...place.saved.values()].flat().length
      }),
      { numRuns: Math.ceil(numRuns / 2), seed, endOnFailure: true },
    )
    expect(stored).toBeGreaterThan(numRuns / 2)
  })
})

/** Changes of a datamodel: which one, and where. */
const edits = fc.array(fc.tuple(fc.constantFrom('flag', 'remove', 'add', 'required', 'type', 'length', 'unique', 'unnest'), fc.nat(), fc.nat()), {
  minLength: 2,
  maxLength: 4,
})
const FLAGS = ['pool_link', 'has_tags', 'acl_table', 'is_hierarchical', 'polyhierarchical'] as const

function edited(document: Json, [edit, where, what]: readonly [string, number, number]): Json {
  const table = document.tables[where % document.tables.length]
  const plain = table.columns.filter((column: Json) => column.kind === 'column')
  const column = plain[what % Math.max(1, plain.length)]
  const inner = document.tables.find((other: Json) => other.owned_by?.other_table_id === table.table_id)
  const gone = (id: number) => {
    table.columns = table.columns.filter((other: Json) => other.column_id !== id)
    for (const key of ['unique_keys', 'foreign_keys']) table[key] = table[key].filter((k: Json) => k.columns[0].column_id !== id)
  }
  if (edit === 'flag') table[FLAGS[what % FLAGS.length] ?? ''] = !table[FLAGS[what % FLAGS.length] ?? '']
  else if (edit === 'add')
    table.columns.push({ kind: 'column', name: `added${what}`, type: VALUE_TYPES[what % VALUE_TYPES.length], not_null: what % 2 === 0 })
  else if (edit === 'unnest' && inner && !document.tables.some((other: Json) => other.owned_by?.other_table_id === inner.table_id)) {
    document.tables = document.tables.filter((other: Json) => other !== inner)
    table.columns = table.columns.filter((other: Json) => other.other_table_id !== inner.table_id)
  } else if (column) {
    if (edit === 'remove') gone(column.column_id)
    if (edit === 'required') column.not_null = !column.not_null
    if (edit === 'type') column.type = VALUE_TYPES[what % VALUE_TYPES.length]
    if (edit === 'length') column.length_max = what % 3
    if (edit === 'unique') table.unique_keys = [{ columns: [{ column_id: column.column_id }] }]
  }
  return document
}

const history = (at: TestInstance) =>
  server.database
    .tenant(at.id)
    .read((sql) => sql`select system_id::float8 as id, version, content from record_version where instance_id = ${at.id} order by system_id, version`)

describe('a datamodel that changes', () => {
  it('keeps every version of every record, and its records can be read, saved and deleted', async () => {
    const changing = models.chain((model) =>
      fc.tuple(fc.constant(model), fc.tuple(...model.map((objecttype) => fc.array(rows(objecttype), { minLength: 2, maxLength: 2 }))), edits),
    )
    let [committed, deleted] = [0, 0]
    await fc.assert(
      fc.asyncProperty(changing, async ([model, lists, list]) => {
        const place = await Place.with(model)
        for (const [index, some] of lists.entries()) for (const row of some) await roundTrip(place, index, row)
        const { api } = place.at
        for (const edit of list) {
          const before = await history(place.at)
          const { body: head } = await api('GET', '/api/v1/schema/user/CURRENT')
          delete head.revision
          const sent = await api('POST', '/api/v1/schema/user/HEAD', edited(head, edit))
          expect(sent.status < 500 ? {} : sent.body).toEqual({})
          if (sent.status !== 200) continue
          const done = await api('POST', '/api/v1/schema/commit?confirm=yes&reindex=skip')
          expect(done.status === 200 || done.status === 400 ? {} : done.body).toEqual({})
          committed += done.status === 200 ? 1 : 0
          expect(await history(place.at)).toEqual(before)
          for (const [type, known] of place.saved) for (const { id } of known) await used(place, type, id)
        }
        for (const [type, known] of place.saved)
          for (const { id } of known.toReversed()) {
            const { _version: version } = (await place.read(type, id))[type]
            const gone = await api('DELETE', `/api/v1/db/${type}`, [[id, version, 'no longer needed']])
            expect([200, 202, 400].includes(gone.status) ? {} : gone.body).toEqual({})
            deleted += gone.status === 200 ? 1 : 0
          }
      }),
      { numRuns: Math.ceil(numRuns / 4), seed, endOnFailure: true },
    )
    expect([committed > numRuns / 4, deleted > 0]).toEqual([true, true])
  })
})

/** Reads a record in every way, and sends it back: what the rules of now do not let pass is refused, not lost. */
async function used(place: Place, type: string, id: number): Promise<void> {
  const shown = await place.read(type, id)
  const list = await place.at.api('GET', `/api/v1/db/${type}/_all_fields/list?format=full&limit=10`)
  demandOk(list)
  const again = await place.save(type, [{ ...shown, [type]: { ...shown[type], _version: shown[type]._version + 1 } }])
  if (again.status === 200) return
  const codes = ['SchemaInconsistent', 'DatabaseUniqueKeyViolation', 'ObjecttypeHasPoolManagement', 'RecordUnmarshalJson']
  expect(codes.includes(again.body.code) ? {} : again.body).toEqual({})
}

describe('what is no value of its column', () => {
  it.each(VALUE_TYPES.map((type, i) => [type, i] as const))(
    'is refused by %s, in the record and in its rows, and leaves nothing behind',
    async (type, i) => {
      const place = await Place.with(EVERYTHING)
      const name = nameOf(0)
      const places = (value: unknown) => [
        { [`c${i}`]: value },
        { [`_nested:${name}__n0`]: [{ [`c${i}`]: value }] },
        { [`_nested:${name}__n0`]: [{ c0: 'a', [`_nested:${name}__n0__n0`]: [{ [`c${i}`]: value }] }] },
      ]
      for (const value of unreadable(type))
        for (const block of places(value)) {
          const { status, body } = await place.save(name, [recordOf(name, { c1: 'fine' }), recordOf(name, block)])
          expect([value, status, ['RecordUnmarshalJson', 'SchemaInconsistent', 'NumberOutOfRange'].includes(body.code)]).toEqual([value, 400, true])
        }
      expect((await place.at.api('GET', `/api/v1/db/${name}/_all_fields/list`)).body).toEqual([])
    },
  )
})
