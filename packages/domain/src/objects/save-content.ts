/**
 * From what was sent and what was stored to what will be stored. Fields that the mask lets be written are replaced, and
 * emptied where nothing was sent; all other stored values stay, also inside nested rows that are kept.
 */
import { randomUUID } from 'node:crypto'
import type { Column, NestedField, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { columnKey, nestedKey, type Content, type StoredRow } from './content.ts'
import type { RecordRef } from './record-ref.ts'
import type { Draft, ParsedNestedRow, ParsedRow } from './save-draft.ts'
import { checkValue } from './values/checks.ts'
import { canonicalJson } from './values/plain-json.ts'
import type { NestedPlan, WritePlan } from './write-plan.ts'

export interface ContentOptions {
  /** Where a link leads, by system id. */
  readonly systemIdOf: (ref: RecordRef) => number
  /** Permits rows that share a UUID, and UUIDs of new rows chosen by the client. */
  readonly freeUuids: boolean
}

export function contentOf(draft: Draft, stored: Content | undefined, options: ContentOptions): Content {
  const content = mergeRow(draft.plan, draft, stored, options)
  checkRow(draft.plan.table, content, draft.where)
  return content
}

function mergeRow(plan: WritePlan, sent: ParsedRow, stored: Content | undefined, options: ContentOptions): Record<string, unknown> {
  const content: Record<string, unknown> = {}
  for (const column of plan.table.columns) {
    const key = columnKey(column)
    const value = plan.byColumn.get(column.id)?.writable ? sentValue(column, sent, options) : stored?.[key]
    if (value !== undefined) content[key] = value
  }
  for (const table of plan.table.nested) {
    const key = nestedKey(table)
    const slot = plan.byTable.get(table.id)
    const kept = stored?.[key] as readonly StoredRow[] | undefined
    const rows = slot?.field.writable ? mergeRows(slot, sent.nested.get(table) ?? [], kept ?? [], options) : kept
    if (rows && rows.length > 0) content[key] = rows
  }
  return content
}

function sentValue(column: Column, sent: ParsedRow, options: ContentOptions): unknown {
  const value = sent.columns.get(column)
  return value !== undefined && column.type === 'link' ? { s: options.systemIdOf(value as RecordRef) } : value
}

function mergeRows(slot: NestedPlan, sent: readonly ParsedNestedRow[], stored: readonly StoredRow[], options: ContentOptions): StoredRow[] {
  const storedByUuid = new Map(stored.map((row) => [row._uuid, row]))
  const used = new Set<string>()
  const rows: StoredRow[] = []
  for (const row of sent) {
    const before = row.uuid === null ? undefined : storedByUuid.get(row.uuid)
    if (row.uuid !== null && !options.freeUuids) requireUsable(row, before, used)
    if (row.uuid !== null) used.add(row.uuid)
    const merged = mergeRow(slot.plan, row, before, options)
    if (!Object.values(merged).every((value) => value === '')) rows.push({ _uuid: row.uuid ?? randomUUID(), ...merged })
  }
  requireRowMode(slot.field, stored, rows)
  return rows
}

function requireUsable(row: ParsedNestedRow, before: StoredRow | undefined, used: ReadonlySet<string>): void {
  if (!before) refuse(row.where, `the record has no row ${row.uuid}; the server chooses the _uuid of a new row`)
  if (row.uuid !== null && used.has(row.uuid)) refuse(row.where, `the row ${row.uuid} was sent twice`)
}

/** Rows of such tables may only come, or only go; what stays stays as it is. */
function requireRowMode(field: NestedField, stored: readonly StoredRow[], rows: readonly StoredRow[]): void {
  if (!field.appendOnly && !field.removeOnly) return
  const before = new Map(stored.map((row) => [row._uuid, row]))
  const after = new Set(rows.map((row) => row._uuid))
  const name = field.table.name
  if (field.appendOnly && stored.some((row) => !after.has(row._uuid))) refuse(name, 'the mask lets rows only be added, and one is missing')
  for (const row of rows) {
    const old = before.get(row._uuid)
    if (!old && field.removeOnly && !field.appendOnly) refuse(name, 'the mask lets rows only be removed, and one is new')
    if (old && sameText(field.table, old) !== sameText(field.table, row)) refuse(name, 'the mask does not let rows be changed')
  }
}

/** Answers tell a boolean without a value as false, so a row that comes back with false there is the stored one. */
function sameText(table: Table, row: Content): string {
  const kept = Object.entries(row).filter(([key, value]) => value !== false || !table.columns.some((column) => columnKey(column) === key))
  const nested = table.nested.flatMap((inner): [string, unknown][] => {
    const rows = row[nestedKey(inner)] as readonly StoredRow[] | undefined
    return rows ? [[nestedKey(inner), rows.map((r) => sameText(inner, r))]] : []
  })
  return canonicalJson({ ...Object.fromEntries(kept), ...Object.fromEntries(nested) })
}

function checkRow(table: Table, content: Content, where: string): void {
  for (const column of table.columns) checkValue(column, content[columnKey(column)], `${where}.${column.name}`)
  for (const nested of table.nested) {
    const rows = content[nestedKey(nested)] as readonly StoredRow[] | undefined
    const place = `${where}._nested:${nested.name}`
    if (!rows && table.nestedNotNull.has(nested.id)) refuse(place, 'at least one row is required')
    rows?.forEach((row, i) => checkRow(nested, row, `${place}[${i}]`))
  }
}

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })
