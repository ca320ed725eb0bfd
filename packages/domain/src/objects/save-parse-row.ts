/** The content of a record or nested row as sent, held against what the mask lets through. */
import type { Column, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { parseLink, requireUuid, unreadable } from './record-ref.ts'
import type { ParsedNestedRow, ParsedRow } from './save-draft.ts'
import { isObject } from './values/plain-json.ts'
import { parseValue } from './values/parse.ts'
import type { WritePlan } from './write-plan.ts'

type Json = Readonly<Record<string, unknown>>

/** Keys of the block that are no fields; save-parse.ts reads them, or they are only in answers. */
const BLOCK_KEYS = new Set([
  ...['_id', '_version', '_version:auto_increment', 'lookup:_id', '_pool', '_id_parent', 'lookup:_id_parent', '_parents'],
  ...['_parent_child_idx', '_child_idx', '_child_numbering'],
])
const GROUP_EDIT = /:(?:group_mode|append|match|merge|search|replace)$/

/** With `skipReverse`, records listed from the side that they link to are passed over. */
export function parseRow(plan: WritePlan, json: Json, where: string, skipReverse: boolean): ParsedRow {
  return readRow(plan, skipReverse ? withoutReverse(json) : json, where, BLOCK_KEYS)
}

const withoutReverse = (json: Json): Json => Object.fromEntries(Object.entries(json).filter(([key]) => !key.startsWith('_reverse_nested:')))

const ROW_KEYS = new Set(['_uuid'])

function readRow(plan: WritePlan, json: Json, where: string, others: ReadonlySet<string>): ParsedRow {
  const columns = new Map<Column, unknown>()
  const nested = new Map<Table, readonly ParsedNestedRow[]>()
  for (const [key, value] of Object.entries(json)) {
    if (others.has(key)) continue
    const field = plan.columns.get(key)
    const place = `${where}.${key}`
    if (field) {
      if (!field.writable) refuse(place, 'the mask does not let this field be written')
      const parsed = field.column.type === 'link' ? parseLink(field.column, value, place) : parseValue(field.column, value, place)
      if (parsed !== undefined) columns.set(field.column, parsed)
      continue
    }
    const slot = plan.nested.get(key)
    if (!slot) refuseKey(plan, key, value, place)
    else if (!slot.field.writable) refuse(place, 'the mask does not let this table be written')
    else nested.set(slot.field.table, readRows(slot.plan, value, place))
  }
  return { columns, nested }
}

function readRows(plan: WritePlan, value: unknown, where: string): readonly ParsedNestedRow[] {
  if (value === null) return []
  if (!Array.isArray(value)) return unreadable(where, 'a list of rows is expected')
  return value.map((row: unknown, i) => {
    const place = `${where}[${i}]`
    if (!isObject(row)) return unreadable(place, 'a row is expected')
    const uuid = row._uuid === undefined || row._uuid === null ? null : requireUuid(row._uuid, `${place}._uuid`)
    return { ...readRow(plan, row, place, ROW_KEYS), uuid, where: place }
  })
}

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })

/** A key that is no field of the mask: says why. */
function refuseKey(plan: WritePlan, key: string, value: unknown, where: string): void {
  const reverse = plan.reverse.get(key)
  if (reverse?.writable) {
    if (Array.isArray(value) ? value.length === 0 : value === null) return
    return refuse(where, 'writing records from the side that they link to is not available')
  }
  if (reverse) return refuse(where, 'the mask does not let this table be written')
  if (GROUP_EDIT.test(key)) return refuse(where, 'changing several records at once is not available')
  const exists = plan.table.columns.some((column) => column.name === key) || plan.table.nested.some((table) => `_nested:${table.name}` === key)
  refuse(where, exists ? 'the field is not part of the mask' : `${plan.table.name} has no such field`)
}
