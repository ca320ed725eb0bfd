/**
 * Order of nested and reverse rows that a mask asks for (`nested_sort`). A step names a path from the row as it stands in JSON:
 * a column of the row, something of the record itself in a reverse row, or something of the record that a link of the row leads
 * to. A path that leads further, or nowhere, says nothing. Rows without a value come last in either direction.
 */
import type { Column, NestedField, ReverseField, RowOrder, Table } from '../datamodel/model.ts'
import { columnKey, type Content } from './content.ts'
import type { RecordFacts } from './record-store.ts'
import type { Page } from './render-page.ts'
import { spread, type Text } from './standard-text.ts'

type Field = NestedField | ReverseField
type Value = string | number | undefined

/** A row with what is needed to sort it; reverse rows are records. */
export interface SortedRow {
  readonly values: Content
  readonly facts?: RecordFacts
}

export const rowTable = (field: Field): Table => (field.kind === 'linked-table' ? field.table : field.slot.table)
const columnOf = (table: Table | undefined, name: string | undefined): Column | undefined => table?.columns.find((column) => column.name === name)

/** Stored keys of the rows themselves that their order looks at. */
export const ownSortedKeys = (field: Field): string[] =>
  (field.order ?? []).flatMap(({ path }) => {
    const column = columnOf(rowTable(field), path[0])
    return column ? [columnKey(column)] : []
  })

/** Stored keys, by table, of the records that rows link to. */
export function sortedKeys(field: Field): ReadonlyMap<number, readonly string[]> {
  const keys = new Map<number, string[]>()
  for (const { path } of field.order ?? []) {
    const target = columnOf(rowTable(field), path[0])?.target
    const column = path[1] === target?.name ? columnOf(target, path[2]) : undefined
    if (target && column) keys.set(target.id, [...(keys.get(target.id) ?? []), columnKey(column)])
  }
  return keys
}

export function sorted<T extends SortedRow>(page: Page, field: Field, rows: readonly T[], at: string | null): readonly T[] {
  const { order } = field
  if (!order || rows.length < 2) return rows
  const table = rowTable(field)
  const keyed = rows.map((row) => ({ row, values: order.map(({ path }) => valueOf(page, table, row, path, at)) }))
  const { compare } = collator(page.options.languages[0] ?? 'en')
  return keyed.toSorted((a, b) => compareBy(order, a.values, b.values, compare)).map(({ row }) => row)
}

function compareBy(order: readonly RowOrder[], a: readonly Value[], b: readonly Value[], compare: (a: string, b: string) => number): number {
  for (const [i, { descending }] of order.entries()) {
    const [left, right] = [a[i], b[i]]
    if (left === right) continue
    if (left === undefined || right === undefined) return left === undefined ? 1 : -1
    const difference = typeof left === 'number' && typeof right === 'number' ? left - right : compare(String(left), String(right))
    if (difference !== 0) return descending ? -difference : difference
  }
  return 0
}

const collators = new Map<string, Intl.Collator>()
function collator(language: string): Intl.Collator {
  const known = collators.get(language) ?? new Intl.Collator(language, { numeric: true })
  collators.set(language, known)
  return known
}

function valueOf(page: Page, table: Table, { values, facts }: SortedRow, [name, ...rest]: readonly string[], at: string | null): Value {
  const column = columnOf(table, name)
  if (!column) return facts && name !== undefined ? valueOfRecord(page, table, facts, [name, ...rest], at) : undefined
  const value = values[columnKey(column)]
  if (column.type !== 'link') return plainValue(page, value)
  const target = page.target(value, at)
  if (!target) return undefined
  const { table: linked, facts: state } = target
  if (rest.length === 0) return textOf(page, page.standard(linked, state, at).slots[1])
  return rest[0] === linked.name ? valueInBlock(page, linked, state, rest.slice(1), at) : valueOfRecord(page, linked, state, rest, at)
}

function valueInBlock(page: Page, table: Table, facts: RecordFacts, path: readonly string[], at: string | null): Value {
  const column = columnOf(table, path[0])
  return column ? plainValue(page, facts.values[columnKey(column)]) : valueOfRecord(page, table, facts, path, at)
}

function valueOfRecord(page: Page, table: Table, facts: RecordFacts, [name, ...rest]: readonly string[], at: string | null): Value {
  switch (name) {
    case '_id':
      return facts.object ?? undefined
    case '_version':
      return facts.version
    case '_system_object_id':
      return facts.id ?? undefined
    case '_last_modified':
      return facts.modified
    case '_pool':
      return rest[1] === 'name' && facts.pool !== undefined ? localized(page, page.names.pools.get(facts.pool)?.name) : facts.pool
    case '_standard': {
      const slot = Number(rest[0])
      return slot === 1 || slot === 2 || slot === 3 ? textOf(page, page.standard(table, facts, at).slots[slot]) : undefined
    }
    default:
      return undefined
  }
}

/** What a stored value is sorted by: dates by how they are written, which is from the year down. */
function plainValue(page: Page, value: unknown): Value {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value !== 'object' || value === null) return undefined
  const { value: date, from, to } = value as { value?: unknown; from?: unknown; to?: unknown }
  const moment = date ?? from ?? to
  return typeof moment === 'string' ? moment : localized(page, value as Readonly<Record<string, unknown>>)
}

function localized(page: Page, texts: Readonly<Record<string, unknown>> | undefined): Value {
  if (!texts) return undefined
  const known = [...page.options.languages.map((language) => texts[language]), ...Object.values(texts)]
  return known.find((text) => typeof text === 'string' && text !== '') as string | undefined
}

const textOf = (page: Page, text: Text | undefined): Value => (text ? localized(page, spread(text, page.options.languages)) : undefined)
