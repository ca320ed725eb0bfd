/** The content of a record or nested row as sent, held against what the mask lets through. */
import type { Column, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import type { Problems } from './problems.ts'
import { parseLink, requireUuid, unreadable } from './record-ref.ts'
import type { ParsedNestedRow, ParsedRow } from './save-draft.ts'
import { EditReader, isModifier } from './save-parse-edit.ts'
import { isObject } from './values/plain-json.ts'
import { parseValue } from './values/parse.ts'
import { under } from './where.ts'
import type { NestedPlan, WritePlan } from './write-plan.ts'

type Json = Readonly<Record<string, unknown>>

export interface RowContext {
  readonly problems: Problems
  /** What was sent is merged into what is stored, so modifiers have a meaning. */
  readonly merges: boolean
}

/** Keys for which `isOther` answers true belong to somebody else. */
export function parseRow(plan: WritePlan, json: Json, where: string, context: RowContext, isOther: (key: string) => boolean): ParsedRow {
  const columns = new Map<Column, unknown>()
  const nested = new Map<Table, readonly ParsedNestedRow[]>()
  const edit = context.merges ? new EditReader(plan, json, where, context) : null
  for (const [key, value] of Object.entries(json)) {
    if (isOther(key) || key.startsWith('_reverse_nested:')) continue
    const place = under(where, key)
    const field = plan.columns.get(key)
    const slot = plan.nested.get(key)
    context.problems.attempt(place, () => {
      if (field) readColumn(field.column, value, place, field.writable, columns)
      else if (slot) nested.set(slot.field.table, readTable(slot, value, place, context))
      else if (!edit?.read(key, value, place)) refuseKey(plan, key, place)
    })
    edit?.name(field?.column ?? slot?.field.table)
  }
  return { columns, nested, edit: edit?.edit ?? null }
}

function readColumn(column: Column, value: unknown, where: string, writable: boolean, columns: Map<Column, unknown>): void {
  if (!writable) refuse(where, 'the mask does not let this field be written')
  const parsed = column.type === 'link' ? parseLink(column, value, where) : parseValue(column, value, where)
  if (parsed !== undefined) columns.set(column, parsed)
}

function readTable({ field, plan }: NestedPlan, value: unknown, where: string, context: RowContext): readonly ParsedNestedRow[] {
  if (!field.writable) refuse(where, 'the mask does not let this table be written')
  if (value === null) return []
  if (!Array.isArray(value)) return unreadable(where, 'a list of rows is expected')
  return value.flatMap(
    (row: unknown, i) => context.problems.attempt(`${where}[${i}]`, () => readNestedRow(plan, row, `${where}[${i}]`, context)) ?? [],
  )
}

const isRowKey = (key: string) => key === '_uuid'

export function readNestedRow(plan: WritePlan, row: unknown, where: string, context: RowContext): ParsedNestedRow {
  if (!isObject(row)) return unreadable(where, 'a row is expected')
  const uuid = row._uuid === undefined || row._uuid === null ? null : requireUuid(row._uuid, `${where}._uuid`)
  return { ...parseRow(plan, row, where, { ...context, merges: false }, isRowKey), uuid, where }
}

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })

/** A key that is no field of the mask: says why. */
function refuseKey(plan: WritePlan, key: string, where: string): never {
  if (isModifier(key)) return refuse(where, 'it only says something when several records are changed at once, or the server counts the version')
  const exists = plan.table.columns.some((column) => column.name === key) || plan.table.nested.some((table) => `_nested:${table.name}` === key)
  return refuse(where, exists ? 'the field is not part of the mask' : `${plan.table.name} has no such field`)
}
