/**
 * Fields that are written here and not by the database: links, which become the record they point at, and nested tables,
 * whose rows are keyed by column id in storage. In a dry run and with inheritance, that is every field. Names of columns and
 * tables are identifiers, so they stand in JSON as they are.
 */
import type { ColumnField, MaskField, NestedField, Table } from '../datamodel/model.ts'
import { nestedKey, type Content, type StoredRow } from './content.ts'
import type { Page, Rendered } from './render-page.ts'
import { isLink, linkedId, storedKey } from './render-plan.ts'
import { targetJson } from './render-record.ts'

const json = JSON.stringify

/** `,"name":value` for every field that has something to say, or with `empty` for all of them. */
export function fieldsJson(page: Page, fields: readonly MaskField[], values: Content, at: string | null, empty: boolean): string {
  let text = ''
  for (const field of fields) {
    // Records that link here are listed by reverse tables; they are not part of what is stored in this one.
    if (field.kind === 'reverse-linked-table') continue
    if (field.kind === 'linked-table') text += nestedJson(page, field, values, at, empty)
    else {
      const value = fieldJson(page, field, values[storedKey(field) ?? ''], at)
      if (value !== undefined) text += `,"${field.column.name}":${value}`
      else if (empty) text += `,"${field.column.name}":null`
    }
  }
  return text
}

function fieldJson(page: Page, field: ColumnField, value: unknown, at: string | null): string | undefined {
  if (field.column.type === 'boolean') return value === true ? 'true' : 'false'
  if (value === undefined || value === null) return undefined
  return isLink(field) ? linkJson(page, field, value, at) : json(value)
}

/** Fields of a nested table that the mask shows; worked out once, for there are many rows. */
const shown = new WeakMap<NestedField, readonly MaskField[]>()
function readableFields(field: NestedField): readonly MaskField[] {
  const known = shown.get(field) ?? field.fields.filter((inner) => inner.readable)
  shown.set(field, known)
  return known
}

function nestedJson(page: Page, field: NestedField, values: Content, at: string | null, empty: boolean): string {
  const name = `"_nested:${field.table.name}"`
  const rows = values[nestedKey(field.table)]
  if (!Array.isArray(rows) || !rows.length) return empty ? `,${name}:[]` : ''
  const readable = readableFields(field)
  // Put together without a join, which would copy the texts of targets once more.
  let text = ''
  for (const row of rows as StoredRow[]) text += `${text && ','}{"_uuid":"${row._uuid}"${fieldsJson(page, readable, row, at, empty)}}`
  return `,${name}:[${text}]`
}

/** The target as it is (or was); a thin shell when it is in the trash, or does not exist any more or yet. */
export function linkJson(page: Page, field: ColumnField, value: unknown, at: string | null): string | undefined {
  const expected = field.column.target
  const id = linkedId(value)
  if (id === undefined) return undefined
  const facts = id > 0 ? page.state(id, at) : null
  if (!facts) {
    const name = expected?.name ?? ''
    // A negative id is another new record of the same dry run: it has no ids to show.
    return id < 0 ? `{"_objecttype":${json(name)}}` : `{"_objecttype":${json(name)},"_system_object_id":${id},"_purged_or_deferred":true}`
  }
  const table: Table | undefined = page.options.datamodel.model.tables.get(facts.table) ?? expected
  if (!table || facts.id === null) return undefined
  if (facts.deleted !== undefined)
    return `{"_objecttype":${json(table.name)},"_uuid":"${facts.uuid}","_system_object_id":${facts.id},"_latest_version_deleted_at":"${facts.deleted}"}`
  return targetJson(page, table, linkMask(page, field, table), facts, at)
}

function linkMask(page: Page, field: ColumnField, table: Table) {
  const { datamodel } = page.options
  const chosen = field.linkMask === null ? undefined : datamodel.masksById.get(field.linkMask)
  return chosen?.table.id === table.id ? chosen : datamodel.standardMask(table)
}

const isEmpty = (value: unknown) =>
  value === undefined || value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)

/** Values of a record with those of its nearest ancestor put where it has none, in fields that the mask lets inherit. */
export function inheritedValues(page: Page, { plan, facts, at }: Rendered): Content {
  const values: Record<string, unknown> = { ...facts.values }
  const above = plan.table.hierarchical ? page.ancestors(facts, at).toReversed() : []
  for (const field of plan.fields) {
    const key = storedKey(field)
    if (key === undefined || field.inherit !== true || !isEmpty(values[key])) continue
    const giver = above.find((ancestor) => !isEmpty(ancestor.values[key]))
    if (giver) values[key] = giver.values[key]
  }
  return values
}
