/**
 * Fields that are written here and not by the database: links, which become the record they point at, files, nested tables, whose
 * rows are keyed by column id in storage, and reverse tables, whose rows are records of their own. In a dry run and with
 * inheritance, that is every field. Names of columns and tables are identifiers, so they stand in JSON as they are.
 */
import type { ColumnField, MaskField, NestedField, ReverseField } from '../datamodel/model.ts'
import { nestedKey, type Content, type FileEntry, type StoredRow } from './content.ts'
import { embeds, linkMask } from './render-attached.ts'
import type { RecordFacts } from './record-store.ts'
import { isFileField } from './render-files.ts'
import type { Page, Rendered } from './render-page.ts'
import { isLink, linkedId, storedKey } from './render-plan.ts'
import { embeddedJson, rowJson, targetJson } from './render-record.ts'
import { sorted } from './row-order.ts'

const json = JSON.stringify

/** Where a record is written: inside which others, innermost last, and how many embedded links deep. */
export interface Place {
  readonly inside: readonly number[]
  readonly depth: number
}
export const ON_TOP: Place = { inside: [], depth: 0 }

/** A record whose fields are being written. */
export interface Writing extends Place {
  readonly page: Page
  readonly record: Rendered
}

/** `,"name":value` for every field that has something to say, or with `empty` for all of them. */
export function fieldsJson(writing: Writing, fields: readonly MaskField[], values: Content): string {
  const { empty } = writing.record.plan.contents
  let text = ''
  for (const field of fields) {
    if (field.kind === 'reverse-linked-table') text += reverseJson(writing, field, empty)
    else if (field.kind === 'linked-table') text += nestedJson(writing, field, values, empty)
    else {
      const value = fieldJson(writing, field, values[storedKey(field) ?? ''])
      if (value !== undefined) text += `,"${field.column.name}":${value}`
      else if (empty) text += `,"${field.column.name}":null`
    }
  }
  return text
}

function fieldJson(writing: Writing, field: ColumnField, value: unknown): string | undefined {
  if (field.column.type === 'boolean') return value === true ? 'true' : 'false'
  if (value === undefined || value === null) return undefined
  if (isFileField(field)) return filesJson(writing, field, value)
  return isLink(field) ? embeddedLink(writing, field, value) : json(value)
}

const filesJson = ({ page, record }: Writing, { column }: ColumnField, value: unknown): string | undefined =>
  page.files.json(value as readonly FileEntry[], { holder: record.facts, columnId: column.id })

/** Fields of a nested table that the mask shows; worked out once, for there are many rows. */
const shown = new WeakMap<NestedField, readonly MaskField[]>()
function readableFields(field: NestedField): readonly MaskField[] {
  const known = shown.get(field) ?? field.fields.filter((inner) => inner.readable)
  shown.set(field, known)
  return known
}

function nestedJson(writing: Writing, field: NestedField, values: Content, empty: boolean): string {
  const name = `"_nested:${field.table.name}"`
  const rows = nestedRows(writing.page, field, values, writing.record.at)
  if (!rows.length) return empty ? `,${name}:[]` : ''
  const readable = readableFields(field)
  // Put together without a join, which would copy the texts of targets once more.
  let text = ''
  for (const row of rows) text += `${text && ','}{"_uuid":"${row._uuid}"${fieldsJson(writing, readable, row)}}`
  return `,${name}:[${text}]`
}

/** Stored rows of a nested table, in the order in which they are shown. */
export function nestedRows(page: Page, field: NestedField, values: Content, at: string | null): readonly StoredRow[] {
  const rows = values[nestedKey(field.table)]
  if (!Array.isArray(rows)) return []
  if (!field.order) return rows as StoredRow[]
  return sorted(
    page,
    field,
    (rows as StoredRow[]).map((row) => ({ row, values: row })),
    at,
  ).map(({ row }) => row)
}

export const reverseName = ({ slot }: ReverseField): string => `_reverse_nested:${slot.table.name}:${slot.column?.name ?? '_id_parent'}`

/** Records listed by a reverse table, in the order in which they are shown. */
export function reverseRows(page: Page, field: ReverseField, { plan, facts, at }: Rendered): readonly Rendered[] {
  const slot = plan.slots.get(field)
  if (!slot) return []
  const rows = page.attached.rows(slot, facts.id, at)
  if (!field.order) return rows
  return sorted(
    page,
    field,
    rows.map((row) => ({ row, values: row.facts.values, facts: row.facts })),
    at,
  ).map(({ row }) => row)
}

function reverseJson(writing: Writing, field: ReverseField, empty: boolean): string {
  const rows = reverseRows(writing.page, field, writing.record)
  if (!rows.length) return empty ? `,"${reverseName(field)}":[]` : ''
  let text = ''
  for (const row of rows) text += `${text && ','}${rowJson(writing.page, row, writing)}`
  return `,"${reverseName(field)}":[${text}]`
}

/** A link of a record: its target in full where that is wanted, unless it is being written already. */
function embeddedLink(writing: Writing, field: ColumnField, value: unknown): string | undefined {
  const { page, record, inside, depth } = writing
  const { merge } = page.options
  if (merge.mode !== 'none' && embeds(merge, field.column, depth)) {
    const target = page.target(value, record.at)
    const id = linkedId(value)
    if (target && id !== undefined && !inside.includes(id)) {
      const mask = linkMask(page, field, target.table, target.facts.pool)
      const found = page.attached.embedded(page, mask, record.plan.contents.format, id, record.at)
      if (found) return embeddedJson(page, found, { inside, depth: depth + 1 })
    }
  }
  return linkJson(page, field, value, record.at)
}

/** The target as it is (or was), in brief; a thin shell when it is in the trash, or does not exist any more or yet. */
export function linkJson(page: Page, field: ColumnField, value: unknown, at: string | null): string | undefined {
  const id = linkedId(value)
  if (id === undefined) return undefined
  const expected = field.column.target?.name ?? ''
  // A negative id is another new record of the same dry run: it has no ids to show.
  if (id < 0) return `{"_objecttype":${json(expected)}}`
  const facts = page.state(id, at)
  if (!facts) return ghostJson(page, id, expected)
  const table = page.options.datamodel.model.tables.get(facts.table) ?? field.column.target
  if (!table || facts.id === null) return undefined
  if (facts.deleted !== undefined)
    return `{"_objecttype":${json(table.name)},"_uuid":"${facts.uuid}","_system_object_id":${facts.id},"_latest_version_deleted_at":"${facts.trashed ?? facts.deleted}"}`
  return targetJson(page, table, linkMask(page, field, table, facts.pool), facts, at)
}

function ghostJson(page: Page, id: number, expected: string): string {
  const ghost = page.ghost(id)
  const name = (ghost && page.options.datamodel.model.tables.get(ghost.table)?.name) ?? expected
  const uuid = ghost?.uuid ? `,"_uuid":"${ghost.uuid}"` : ''
  return `{"_objecttype":${json(name)}${uuid},"_system_object_id":${id},"_purged_or_deferred":true}`
}

const isEmpty = (value: unknown) =>
  value === undefined || value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)

/**
 * Values of a record with those of its nearest ancestor put where it has none, in fields that the mask lets inherit. What comes from
 * an ancestor that the caller may not read is not shown; that of one further up would be wrong.
 */
export function inheritedValues(page: Page, { plan, facts }: Rendered, ancestors: readonly RecordFacts[]): Content {
  const values: Record<string, unknown> = { ...facts.values }
  const above = ancestors.toReversed()
  for (const field of plan.fields) {
    const key = storedKey(field)
    if (key === undefined || field.inherit !== true || !isEmpty(values[key])) continue
    const giver = above.find((ancestor) => !isEmpty(ancestor.values[key]))
    if (!giver || !page.rights.has(giver, 'read')) continue
    values[key] = giver.values[key]
    page.files.handDown(field, giver.values[key], giver)
  }
  return values
}
