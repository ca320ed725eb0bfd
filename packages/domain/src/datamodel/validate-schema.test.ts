import { describe, expect, it } from 'vitest'
import { schema, table } from '@vitrine/testing/datamodels'
import { isDomainError } from '../errors.ts'
import { EMPTY_SCHEMA, type SchemaColumn, type SchemaDocument } from './documents.ts'
import { normaliseSchema } from './validate-schema.ts'

const baseline = { current: EMPTY_SCHEMA, head: null }
const normalise = (document: SchemaDocument) => normaliseSchema(document, baseline)

/** The code of the refusal, with its sentence where the code says little. */
function refusal(document: SchemaDocument, against = baseline): string {
  try {
    normaliseSchema(document, against)
    return 'accepted'
  } catch (error) {
    if (!isDomainError(error)) throw error
    return error.code === 'ServerGeneric' ? (error.parameters as { msg: string }).msg : error.code
  }
}
const column = (described: Partial<SchemaColumn>) => schema(table('thing', { field: { type: 'text', ...described } }))

const everyType = table('picture', {
  a1: 'text',
  a2: 'text_oneline',
  a3: 'text_l10n',
  a4: 'text_l10n_oneline',
  a5: 'string',
  a6: 'number',
  a7: 'integer.2',
  a8: 'double',
  a9: 'boolean',
  b1: 'date',
  b2: 'datetime',
  b3: 'daterange',
  b4: 'geo_json',
  b5: 'eas',
  b6: '-> place',
  b7: 'custom:base.gazetteer.place',
})
const place = table('place', { name: 'text_oneline!' }, { is_hierarchical: true, reverse: ['children'] })

describe('a complete document', () => {
  it('is accepted with every column type', () => expect(refusal(schema(everyType, place))).toBe('accepted'))

  it('has ids for everything, counted from one, and says what they have reached', () => {
    const { tables, max_table_id: tableId, max_column_id: columnId } = normalise(schema(everyType, place))
    expect(tables.map((t) => t.table_id)).toEqual([1, 2])
    expect([tableId, columnId]).toEqual([2, 17])
  })

  it('names references by id and by name, whichever was sent', () => {
    const [picture] = normalise(schema(everyType, place)).tables
    expect(picture?.foreign_keys?.[0]).toMatchObject({
      name: 'picture__b6__place_fkey',
      on_delete: 'restrict',
      on_update: 'cascade',
      columns: [{ column_id: 15, column_name_hint: 'b6' }],
      referenced_table: { table_id: 2, name_hint: 'place', columns: [{ auto_column_primary_key: true }] },
    })
  })

  it('follows ids where a name is out of date', () => {
    const first = normalise(schema(everyType, place))
    const renamed = { ...first, tables: first.tables.map((t) => (t.name === 'place' ? { ...t, name: 'location' } : t)) }
    expect(normaliseSchema(renamed, { current: EMPTY_SCHEMA, head: first }).tables[0]?.foreign_keys?.[0]?.referenced_table.name_hint).toBe('location')
  })

  it('keeps what the server does not know', () => {
    const document = { ...schema(table('thing', { field: { type: 'text', x_plugin: [1] } }, { shelf: 'b' })), extra: { a: 1 } }
    const normalised = normalise(document)
    expect(normalised).toMatchObject({ extra: { a: 1 }, tables: [{ shelf: 'b', columns: [{ x_plugin: [1] }] }] })
  })

  it('gives a nested table that nobody shows a place in its owner', () => {
    const [owner, nested] = table('thing', { parts: [{ what: 'text' }] })
    const bare = { ...owner, name: 'thing', columns: [] }
    expect(normalise(schema([bare, nested as never])).tables[0]?.columns).toEqual([
      { kind: 'link', other_table_id: 2, other_table_name_hint: 'thing__parts', not_null: false },
    ])
  })

  it('nests tables to any depth', () => expect(refusal(schema(table('aa', { bb: [{ cc: [{ dd: [{ text: 'text' }] }] }] })))).toBe('accepted'))

  it('lists records that it owns', () =>
    expect(refusal(schema(table('series', { name: 'text' }, { reverse: ['print.series'] }), table('print', { series: '=> series' })))).toBe(
      'accepted',
    ))

  it('is not changed by being sent again', () => {
    const once = normalise(schema(everyType, place, table('thing', { parts: [{ what: '-> place', no: 'number' }] }, { unique: [] })))
    expect(normaliseSchema(once, { current: EMPTY_SCHEMA, head: once })).toEqual(once)
  })
})

describe('columns', () => {
  it.each<[string, Partial<SchemaColumn>, string]>([
    ['a type nobody knows', { type: 'varchar' }, 'UnknownColumnType'],
    ['a type of a predecessor', { type: 'date_range' }, 'UnknownColumnType'],
    ['a custom type without a plugin', { type: 'custom:base.x' }, 'UnknownColumnType'],
    ['no type', { type: null }, 'UnknownColumnType'],
    ['a name with capitals', { name: 'Title' }, 'InvalidIdentifier'],
    ['a name of one letter', { name: 'a' }, 'InvalidIdentifier'],
    ['a name that ends with a dash', { name: 'a-' }, 'InvalidIdentifier'],
    ['the longest name', { name: `a${'b'.repeat(128)}c` }, 'accepted'],
    ['a name that is too long', { name: `a${'b'.repeat(129)}c` }, 'InvalidIdentifier'],
    ['ownership by something that is no link', { reverse_edit: true }, 'only links can be owned'],
    ['an address in a number', { type: 'number', check: 'email' }, 'needs a text'],
    ['an expression', { check: 'regexp', check_regexp: '^[a-z]+$', check_regexp_flags: 'i' }, 'accepted'],
    ['an expression that is none', { check: 'regexp', check_regexp: '(' }, 'cannot be understood'],
    ['a missing expression', { check: 'regexp' }, 'needs an expression'],
    ['a very long expression', { check: 'regexp', check_regexp: 'a'.repeat(1001) }, 'longer than 1000'],
    ['a length', { length_min: 1, length_max: 1 }, 'accepted'],
    ['lengths the wrong way round', { length_min: 3, length_max: 2 }, 'above the greatest'],
    ['a length of a number', { type: 'number', length_max: 2 }, 'only texts have a length'],
    ['a range', { type: 'number', check: 'range', check_range_lower: 0 }, 'accepted'],
    ['a range of text', { check: 'range', check_range_lower: 0 }, 'needs a number or a date'],
    ['a range without bounds', { type: 'number', check: 'range' }, 'needs a bound'],
    ['a bound that is both', { type: 'number', check: 'range', check_range_lower: 0, check_range_lower_open: 1 }, 'both inclusive and exclusive'],
    ['a bound excluded by a mark', { type: 'number', check: 'range', check_range_lower: 0, check_range_lower_open: true }, 'accepted'],
    ['a mark without a bound', { type: 'number', check: 'range', check_range_upper: 1, check_range_lower_open: true }, 'no lower bound'],
    ['bounds the wrong way round', { type: 'double', check: 'range', check_range_lower: 2, check_range_upper: 1 }, 'above the upper'],
    [
      'dates as bounds',
      { type: 'daterange', check: 'range', check_range_lower: '1500', check_range_upper: '2000-06', check_range_not_empty: true },
      'accepted',
    ],
    ['a bound that is no date', { type: 'date', check: 'range', check_range_lower: 'yesterday' }, 'is no date'],
    ['a bound that is no number', { type: 'number', check: 'range', check_range_lower: '1500' }, 'is no number'],
    ['an empty range of numbers', { type: 'number', check: 'range', check_range_lower: 1, check_range_not_empty: true }, 'only ranges of dates'],
  ])('%s', (_, described, expected) => expect(refusal(column(described))).toContain(expected))

  it('refuses a link that points nowhere', () => expect(refusal(column({ type: 'link' }))).toContain('no foreign key'))
  it('refuses a link to something unknown', () =>
    expect(refusal(schema(table('thing', { other: '-> nothing' })))).toContain('there is no table "nothing"'))
  it('refuses a link to rows', () =>
    expect(refusal(schema(table('thing', { rows: [{ a1: 'text' }], link: '-> thing__rows' })))).toContain('are no records'))
})

describe('tables', () => {
  it.each<[string, SchemaDocument, string]>([
    ['two of a name', schema(table('thing', {}), table('thing', {})), 'SchemaDuplicateObjecttypeName'],
    ['a name with a blank', schema(table('a thing', {})), 'InvalidIdentifier'],
    ['one parent and several', schema(table('thing', {}, { is_hierarchical: true, polyhierarchical: true })), 'not both'],
    ['several parents and access lists', schema(table('thing', {}, { polyhierarchical: true, acl_table: true })), 'no access list'],
    [
      'a nested table in pools',
      schema(table('thing', {}), table('rows', {}, { owned_by: { other_table_name_hint: 'thing' }, pool_link: true })),
      'no records',
    ],
    ['a nested table that contains itself', schema(table('thing', {}, { owned_by: { other_table_name_hint: 'thing' } })), 'contains itself'],
    ['children of no hierarchy', schema(table('thing', {}, { reverse: ['children'] })), 'no hierarchy'],
    [
      'a place for a link without ownership',
      schema(table('series', {}, { reverse: ['print.series'] }), table('print', { series: '-> series' })),
      'reverse_edit',
    ],
    [
      'a place for a link to another table',
      schema(table('series', {}, { reverse: ['print.maker'] }), table('maker', {}), table('print', { maker: '=> maker' })),
      'does not link to series',
    ],
    ['owners in a circle', schema(table('aa', { bb: '=> bb' }), table('bb', { cc: '=> cc' }), table('cc', { aa: '=> aa' })), 'SchemaLoopingReverse'],
    ['links in a circle', schema(table('aa', { bb: '-> bb' }), table('bb', { aa: '-> aa' })), 'accepted'],
    ['the same column id twice', schema(table('aa', { a1: { type: 'text', column_id: 4 }, a2: { type: 'text', column_id: 4 } })), 'is there twice'],
    [
      'a slot for a table of somebody else',
      schema([
        { name: 'aa', columns: [{ kind: 'link', other_table_name_hint: 'bb' }] },
        { name: 'bb', columns: [] },
      ]),
      'not owned by',
    ],
  ])('%s', (_, document, expected) => expect(refusal(document)).toContain(expected))
})

describe('keys', () => {
  const unique = (columns: Record<string, unknown>[], words: object = {}) =>
    schema(table('thing', { name: 'text', main: 'boolean' }, { unique_keys: [{ columns }], ...words }))
  it.each<[string, SchemaDocument, string]>([
    ['a combination', unique([{ column_name_hint: 'name' }, { column_name_hint: 'main', unique_true: true }]), 'accepted'],
    ['a column that is not there', unique([{ column_name_hint: 'nom' }]), 'no column "nom"'],
    ['only true of a text', unique([{ column_name_hint: 'name', unique_true: true }]), 'is no boolean'],
    ['below the same parent', unique([{ column_name_hint: 'name' }, { auto_column_parent: true }], { is_hierarchical: true }), 'accepted'],
    ['below the same parent of no hierarchy', unique([{ column_name_hint: 'name' }, { auto_column_parent: true }]), 'only hierarchies'],
    ['within the same owner of no nested table', unique([{ column_name_hint: 'name' }, { auto_column_uplink: true }]), 'only rows of nested tables'],
    ['nothing but a scope', unique([{ auto_column_parent: true }], { is_hierarchical: true }), 'needs a column'],
    ['a column twice', unique([{ column_name_hint: 'name' }, { column_name_hint: 'name' }]), 'twice'],
  ])('%s', (_, document, expected) => expect(refusal(document)).toContain(expected))

  const pair = (columns: Record<string, unknown>[], words: object = {}) =>
    schema(table('term', { broader: '-> term', narrower: '-> term', note: 'text' }, { bidirectional: [{ columns }], ...words }))
  it('keeps two links of one table in step', () =>
    expect(refusal(pair([{ column_name_hint: 'broader' }, { column_name_hint: 'narrower' }]))).toBe('accepted'))
  it('refuses a pair with something that is no link', () =>
    expect(refusal(pair([{ column_name_hint: 'broader' }, { column_name_hint: 'note' }]))).toContain('is no link'))
  it('keeps links of two tables in step, found by name', () => {
    const maker = table(
      'maker',
      { work: '-> work' },
      { bidirectional: [{ columns: [{ column_name_hint: 'work' }, { column_name_hint: 'author' }] }] },
    )
    expect(refusal(schema(maker, table('work', { author: '-> maker' })))).toBe('accepted')
  })
  it('mirrors a nested link by a row over there', () => {
    const [owner, rows] = table('person', { friend: [{ who: '-> person' }] })
    const mirrored = { ...rows, bidirectional: [{ columns: [{ column_name_hint: 'who' }, { auto_column_uplink: true }] }] }
    expect(refusal(schema([owner, mirrored] as never))).toBe('accepted')
  })
  it('refuses a pair that does not lead back', () => {
    const work = table(
      'work',
      { author: '-> maker', owner: '-> maker' },
      { bidirectional: [{ columns: [{ column_name_hint: 'author' }, { column_name_hint: 'owner' }] }] },
    )
    expect(refusal(schema(table('maker', {}), work))).toContain("do not point at each other's records")
  })
})

describe('against what is stored', () => {
  const current = { ...normalise(schema(table('aa', { a1: 'text', a2: 'text' }), table('bb', { b1: 'text' }))), version: 4, based_on_version: 3 }
  const against = { current, head: null }
  it.each<[string, SchemaDocument, string]>([
    ['the committed version', current, 'accepted'],
    ['the working copy', { ...current, version: 5, based_on_version: 4 }, 'accepted'],
    ['some other version', { ...current, version: 7 }, 'neither the committed version'],
    ['based on some other version', { ...current, version: 5, based_on_version: 1 }, 'does not belong'],
    ['a table id below the stored', { ...current, max_table_id: 1 }, 'below the stored 2'],
    ['a column id below the stored', { ...current, max_column_id: 2 }, 'below the stored 3'],
    [
      'an id that was used before',
      { ...current, tables: [{ name: 'cc', columns: [{ name: 'c1', type: 'text', column_id: 2 }] }] },
      'column of another table',
    ],
  ])('%s', (_, document, expected) => expect(refusal(document, against)).toContain(expected))

  it('does not hand out the id of something that is gone', () => {
    const without = { ...current, tables: current.tables.slice(0, 1) }
    const later = { ...normaliseSchema(without, against), version: 5 }
    const added = { ...later, tables: [...later.tables, ...table('cc', { c1: 'text' })] }
    expect(normaliseSchema(added, { current: later, head: null }).tables.at(-1)).toMatchObject({ table_id: 3, columns: [{ column_id: 4 }] })
    expect(refusal({ ...current, version: 5, based_on_version: 4 }, { current: later, head: null })).toContain('belonged to something else')
  })
})
