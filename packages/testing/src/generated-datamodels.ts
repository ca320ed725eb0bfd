/**
 * Datamodels that nobody has thought of, with records for them. A generated model is plain data, so that a counterexample can
 * be read and shrunk: object types with columns of every type, nested tables, links, keys and checks.
 */
import type { Schemas } from '@vitrine/contract/instance'
import * as fc from 'fast-check'
import { table, type Columns } from './datamodels.ts'
import { samples, VALUE_TYPES, type Sample } from './record-values.ts'

export interface ModelColumn {
  readonly name: string
  readonly type: string
  /** For links, the object type by its place among all of them. */
  readonly target: number
  readonly notNull: boolean
  readonly rule: 'none' | 'length' | 'range' | 'not_empty'
}
export interface ModelTable {
  readonly columns: readonly ModelColumn[]
  readonly nested: readonly ModelTable[]
}
export interface ModelObjecttype extends ModelTable {
  readonly hasPools: boolean
  readonly hasTags: boolean
  readonly hasAcl: boolean
  readonly hierarchy: 'none' | 'one' | 'several'
  /** Whether the first column is a unique key. */
  readonly isUnique: boolean
}
export type Model = readonly ModelObjecttype[]

export const LENGTH_MAX = 5
export const LOWEST = -3

const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0)
const columns = (depth: number): fc.Arbitrary<ModelColumn[]> =>
  fc
    .array(
      fc.record({
        type: fc.constantFrom(...VALUE_TYPES, 'link', 'link'),
        target: fc.nat(2),
        notNull: rarely,
        rule: fc.constantFrom('none', 'none', 'none', 'length', 'range', 'not_empty'),
      }),
      { minLength: 1, maxLength: depth === 0 ? 5 : 3 },
    )
    .map((list) => list.map((column, i): ModelColumn => ({ ...column, name: `c${i}`, rule: fits(column.type, column.rule) ? column.rule : 'none' })))

const RULED: Readonly<Record<string, RegExp>> = { length: /^(text|string)/, range: /^(number|integer|double)/, not_empty: /^(?!link$)/ }
const fits = (type: string, rule: string) => RULED[rule]?.test(type) ?? true

const nested = (depth: number): fc.Arbitrary<ModelTable[]> =>
  depth > 2 ? fc.constant([]) : fc.array(fc.record({ columns: columns(depth), nested: nested(depth + 1) }), { maxLength: depth === 1 ? 2 : 1 })

export const models: fc.Arbitrary<Model> = fc.array(
  fc.record({
    columns: columns(0),
    nested: nested(1),
    hasPools: fc.boolean(),
    hasTags: fc.boolean(),
    hasAcl: fc.boolean(),
    hierarchy: fc.constantFrom('none', 'none', 'one', 'several'),
    isUnique: fc.boolean(),
  }),
  { minLength: 1, maxLength: 3 },
)

export const nameOf = (place: number): string => `type${place}`
const targetOf = (model: Model, column: ModelColumn): string => nameOf(column.target % model.length)

/** The tables as a client sends them that knows no ids. */
export function documentOf(model: Model): Schemas['SchemaDocument'] {
  const tables = model.flatMap((objecttype, place) => {
    const { hasPools, hasTags, hasAcl, hierarchy, isUnique } = objecttype
    return table(nameOf(place), columnsOf(model, objecttype), {
      ...{ pool_link: hasPools, has_tags: hasTags, acl_table: hasAcl && hierarchy !== 'several' },
      ...{ is_hierarchical: hierarchy === 'one', polyhierarchical: hierarchy === 'several', unique: isUnique ? [['c0']] : [] },
    })
  })
  return { version: 1, type: 'user', tables }
}

function columnsOf(model: Model, { columns: list, nested: inner }: ModelTable): Columns {
  const own = list.map((column) => [column.name, columnWords(model, column)] as const)
  return Object.fromEntries([...own, ...inner.map((nestedTable, i) => [`n${i}`, [columnsOf(model, nestedTable)]] as const)])
}

function columnWords(model: Model, { type, notNull, rule, ...column }: ModelColumn): Columns[string] {
  if (type === 'link') return `-> ${targetOf(model, column as ModelColumn)}${notNull ? '!' : ''}`
  return {
    ...{ type, not_null: notNull },
    ...(rule === 'length' && { length_max: LENGTH_MAX }),
    ...(rule === 'range' && { check: 'range', check_range_lower: LOWEST }),
    ...(rule === 'not_empty' && { check: 'not_empty' }),
  }
}

/** A row as it is sent, and as an answer shows it; links are numbers that somebody else makes records of. */
export interface Row {
  readonly columns: Readonly<Record<string, Sample>>
  readonly nested: Readonly<Record<string, readonly Row[]>>
}

export function rows({ columns: list, nested: inner }: ModelTable, depth = 0): fc.Arbitrary<Row> {
  const values = Object.fromEntries(list.map(({ name, type }) => [name, type === 'link' ? links : samples(type)]))
  const lists = inner.map((nestedTable, i) => [`n${i}`, fc.array(rows(nestedTable, depth + 1), { maxLength: 2 })] as const)
  return fc.record({
    columns: fc.record(values, { requiredKeys: list.flatMap(({ name, notNull }) => (notNull ? [name] : [])) }),
    nested: fc.record(Object.fromEntries(lists), { requiredKeys: [] }),
  }) as fc.Arbitrary<Row>
}
const links: fc.Arbitrary<Sample> = fc.nat(5).map((n) => ({ sent: n, kept: n }))
