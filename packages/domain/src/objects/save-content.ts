/**
 * From what was sent and what was stored to what will be stored. Fields that the mask lets be written are replaced, and
 * emptied where nothing was sent; all other stored values stay, also inside nested rows that are kept.
 */
import { randomUUID } from 'node:crypto'
import type { Column, NestedField, Table } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { columnKey, nestedKey, type Content, type StoredRow } from './content.ts'
import type { Problems } from './problems.ts'
import type { RecordRef } from './record-ref.ts'
import { editedValue, onlyWhatWasSent, rowMatches, touches } from './save-content-edit.ts'
import type { Draft, ParsedNestedRow, ParsedRow } from './save-draft.ts'
import type { FoundFiles } from './save-files.ts'
import type { MatchMerge } from './save-group.ts'
import { isFiles } from './stored-files.ts'
import { checkValue } from './values/checks.ts'
import type { FileRef } from './values/files.ts'
import { canonicalJson } from './values/plain-json.ts'
import { under } from './where.ts'
import type { NestedPlan, WritePlan } from './write-plan.ts'

export interface ContentOptions {
  /** Where a link leads, by system id; undefined where that could not be found out, which is a problem of its own. */
  readonly systemIdOf: (ref: RecordRef) => number | undefined
  /** What is stored for a list of files; undefined where none of them could be found. */
  readonly entriesOf: FoundFiles['entriesOf']
  /** Permits rows that share a UUID, and UUIDs of new rows chosen by the client. */
  readonly freeUuids: boolean
  readonly problems: Problems
}

export function contentOf(draft: Draft, stored: Content | undefined, options: ContentOptions): Content {
  return mergeRow(draft.plan, draft, stored, draft.where, options)
}

function mergeRow(plan: WritePlan, sent: ParsedRow, stored: Content | undefined, where: string, options: ContentOptions): Record<string, unknown> {
  const content: Record<string, unknown> = {}
  for (const column of plan.table.columns) {
    const key = columnKey(column)
    const writes = plan.byColumn.get(column.id)?.writable && (!sent.edit || touches(sent.edit, column))
    const value = writes ? editedValue(column, sentValue(column, sent, options), stored?.[key], sent.edit) : stored?.[key]
    if (value !== undefined) content[key] = value
  }
  for (const table of plan.table.nested) {
    const key = nestedKey(table)
    const slot = plan.byTable.get(table.id)
    const kept = stored?.[key] as readonly StoredRow[] | undefined
    const writes = slot?.field.writable && (!sent.edit || sent.edit.named.has(table))
    const rows = slot && writes ? tableRows(slot, sent, kept ?? [], under(where, `_nested:${table.name}`), options) : kept
    if (rows && rows.length > 0) content[key] = rows
  }
  return content
}

function sentValue(column: Column, sent: ParsedRow, options: ContentOptions): unknown {
  const value = sent.columns.get(column)
  if (value !== undefined && isFiles(column)) return options.entriesOf(value as readonly FileRef[])
  if (value === undefined || column.type !== 'link') return value
  const systemId = options.systemIdOf(value as RecordRef)
  return systemId === undefined ? undefined : { s: systemId }
}

function tableRows(slot: NestedPlan, sent: ParsedRow, stored: readonly StoredRow[], where: string, options: ContentOptions): readonly StoredRow[] {
  const rows = rowsOf(slot, sent, stored, options)
  options.problems.attempt(where, () => requireRowMode(slot.field, stored, rows))
  return rows
}

function rowsOf(slot: NestedPlan, { edit, nested }: ParsedRow, stored: readonly StoredRow[], options: ContentOptions): readonly StoredRow[] {
  const { table } = slot.field
  const sent = nested.get(table) ?? []
  const merge = (rows: readonly ParsedNestedRow[]) => mergeRows(slot, rows, stored, options)
  switch (edit?.modes.get(table) ?? 'replace') {
    case 'replace':
      return merge(sent)
    case 'append':
    case 'prepend': {
      const changed = merge(sent)
      const byUuid = new Map(changed.map((row) => [row._uuid, row]))
      const known = new Set(stored.map((row) => row._uuid))
      const kept = stored.map((row) => byUuid.get(row._uuid) ?? row)
      const added = changed.filter((row) => !known.has(row._uuid))
      return edit?.modes.get(table) === 'prepend' ? [...added, ...kept] : [...kept, ...added]
    }
    case 'remove':
      return stored.filter((row) => !sent.some((wanted) => rowMatches(wanted, row, (column) => sentValue(column, wanted, options))))
    case 'match_merge':
      return matchMerged(slot, edit?.matches.get(table) ?? [], stored, options)
  }
}

function matchMerged(slot: NestedPlan, pairs: readonly MatchMerge[], stored: readonly StoredRow[], options: ContentOptions): StoredRow[] {
  return stored.map((row) => {
    const found = pairs.filter(({ match }) => rowMatches(match, row, (column) => sentValue(column, match, options)))
    return found.reduce((now, { merge }): StoredRow => {
      const edit = onlyWhatWasSent(merge)
      return { _uuid: now._uuid, ...mergeRow(slot.plan, { ...merge, edit }, now, merge.where, options) }
    }, row)
  })
}

/** Where rows stand in the request: empty ones are dropped, and merged ones have others around them. */
const sentAt = new WeakMap<StoredRow, string>()

function mergeRows(slot: NestedPlan, sent: readonly ParsedNestedRow[], stored: readonly StoredRow[], options: ContentOptions): StoredRow[] {
  const storedByUuid = new Map(stored.map((row) => [row._uuid, row]))
  const used = new Set<string>()
  const rows: StoredRow[] = []
  for (const row of sent) {
    const before = row.uuid === null ? undefined : storedByUuid.get(row.uuid)
    if (row.uuid !== null && !options.freeUuids) options.problems.attempt(under(row.where, '_uuid'), () => requireUsable(row, before, used))
    if (row.uuid !== null) used.add(row.uuid)
    const merged = mergeRow(slot.plan, row, before, row.where, options)
    if (Object.values(merged).every((value) => value === '')) continue
    const stays = { _uuid: row.uuid ?? randomUUID(), ...merged }
    sentAt.set(stays, row.where)
    rows.push(stays)
  }
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

/** Holds finished content against the rules of the datamodel, kept values included. */
export function checkContent(table: Table, content: Content, where: string, problems: Problems): void {
  for (const column of table.columns) {
    const place = `${where}.${column.name}`
    problems.attemptUnlessKnown(place, () => checkValue(column, content[columnKey(column)], place))
  }
  for (const nested of table.nested) {
    const rows = content[nestedKey(nested)] as readonly StoredRow[] | undefined
    const place = `${where}._nested:${nested.name}`
    problems.attemptUnlessKnown(place, () => !rows && table.nestedNotNull.has(nested.id) && refuse(place, 'at least one row is required'))
    rows?.forEach((row, i) => checkContent(nested, row, sentAt.get(row) ?? `${place}[${i}]`, problems))
  }
}

const refuse = (where: string, msg: string): never => fail('SchemaInconsistent', { msg: `${where}: ${msg}` })
