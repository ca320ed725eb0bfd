/** Fields of masks: what they show, in which mode, and with which mask a target is rendered. Resolves references in place. */
import { fail } from '../errors.ts'
import { kindOf, refuse, type FieldJson, type MaskJson, type SchemaColumn, type SchemaTable, type SystemFieldJson } from './documents.ts'
import { EDIT_MODES, OUTPUT_MODES, SYSTEM_FIELDS } from './mask-modes.ts'
import { columnHint, otherColumnHint, tableHint, type SchemaIndex } from './schema-index.ts'

export interface MaskContext {
  readonly index: SchemaIndex
  /** All masks of the document, with their ids. */
  readonly masks: readonly MaskJson[]
  /** Leaves out what cannot be resolved instead of refusing the document: for stored masks under a changed schema. */
  readonly tolerant?: boolean
}
type SystemFields = NonNullable<MaskJson['system_fields']>

export function resolveFields(table: SchemaTable, fields: readonly FieldJson[], context: MaskContext): FieldJson[] {
  const seen = new Set<string>()
  return fields.flatMap((field) => {
    if (field.kind === 'splitter') return [field]
    const identity = resolveField(table, field, context)
    if (identity === undefined) return []
    const name = fieldName(field)
    if (seen.has(identity)) {
      if (context.tolerant) return []
      refuse(`${table.name}: the field ${name} is there twice`)
    }
    seen.add(identity)
    validateMode(name, field.edit?.mode, EDIT_MODES)
    validateInheritance(table, field, context)
    return [field]
  })
}

/** What the field shows, as a text to compare; undefined when it is gone. */
function resolveField(table: SchemaTable, field: FieldJson, context: MaskContext): string | undefined {
  // Output only; what was read in the long form is sent back with it.
  delete (field as { column?: unknown }).column
  delete (field as { full_name?: unknown }).full_name
  if (field.kind === 'linked-table') return resolveNested(table, field, context)
  if (field.kind !== 'reverse-linked-table') return resolveColumn(table, field, context)
  return field.is_hierarchical ? resolveChildren(table, field, context) : resolveReverse(table, field, context)
}

const fieldName = (field: FieldJson): string => field.column_name_hint ?? field.other_table_name_hint ?? field.kind
const missing = (context: MaskContext, table: SchemaTable, field: FieldJson): undefined =>
  context.tolerant
    ? undefined
    : refuse(`mask of ${table.name}: the field ${fieldName(field)} of kind ${field.kind} shows nothing that the schema has`)

function resolveColumn(table: SchemaTable, field: FieldJson, context: MaskContext): string | undefined {
  const column = context.index.findColumn(table, columnHint(field))
  if (!column) return missing(context, table, field)
  // The type of the column decides; both words are in use for links.
  field.kind = column.type === 'link' ? 'link' : 'field'
  field.column_id = column.column_id ?? null
  field.column_name_hint = column.name ?? null
  if (column.type === 'link') field.mask_id = resolveLinkMask(field, targetOf(table, column), context)
  return `c${column.column_id}`
}

function targetOf(table: SchemaTable, column: SchemaColumn): number {
  const key = (table.foreign_keys ?? []).find((k) => k.columns.some((part) => part.column_id === column.column_id))
  return key?.referenced_table.table_id ?? 0
}

/** Words for masks are written one way, however they came; a link without any follows the standard of its target. */
function resolveLinkMask(
  field: { mask_id?: FieldJson['mask_id']; column_name_hint?: string | null },
  tableId: number,
  context: MaskContext,
  name = field.column_name_hint ?? '',
): number | string | null {
  const chosen = field.mask_id
  if (chosen === null || chosen === undefined || chosen === '' || chosen === 0) return null
  if (typeof chosen === 'string' && ['PREFERRED', 'STANDARD'].includes(chosen.toUpperCase()))
    return chosen.toUpperCase() === 'PREFERRED' ? 'PREFERRED' : 'standard'
  const found = context.masks.some((mask) => String(mask.mask_id) === String(chosen) && mask.table_id === tableId)
  if (found) return Number(chosen)
  return context.tolerant ? null : fail('LinkMaskNotFound', { field: name })
}

function resolveNested(table: SchemaTable, field: FieldJson, context: MaskContext): string | undefined {
  const nested = context.index.findTable(tableHint(field))
  if (!nested || nested.owned_by?.other_table_id !== table.table_id) return missing(context, table, field)
  field.other_table_id = nested.table_id ?? null
  field.other_table_name_hint = nested.name
  resolveEmbedded(nested, field, context)
  return `t${nested.table_id}`
}

function resolveReverse(table: SchemaTable, field: FieldJson, context: MaskContext): string | undefined {
  const other = context.index.findTable(tableHint(field))
  const link = other && context.index.findColumn(other, otherColumnHint(field))
  const slot = link && table.columns.some((column) => kindOf(column) === 'reverse_link' && column.other_column_id === link.column_id)
  if (!other || !link || !slot) return missing(context, table, field)
  Object.assign(field, {
    other_table_id: other.table_id,
    other_table_name_hint: other.name,
    other_column_id: link.column_id,
    other_column_name_hint: link.name,
  })
  resolveEmbedded(other, field, context)
  return `r${link.column_id}`
}

function resolveChildren(table: SchemaTable, field: FieldJson, context: MaskContext): string | undefined {
  if (!table.columns.some((column) => kindOf(column) === 'reverse_link' && column.is_hierarchical)) return missing(context, table, field)
  resolveEmbedded(table, field, context)
  return 'children'
}

/** Embedded masks nest as deep as the document writes them. */
function resolveEmbedded(table: SchemaTable, field: FieldJson, context: MaskContext): void {
  if (!field.mask) return
  field.mask.table_id = table.table_id ?? null
  field.mask.table_name_hint = table.name
  field.mask.fields = resolveFields(table, field.mask.fields ?? [], context)
}

function validateMode(field: string, mode: string | null | undefined, allowed: readonly string[]): void {
  if (mode && !allowed.includes(mode)) fail('InvalidMaskMode', { allowed: allowed.join(','), field, mode })
}

/** A value can only be handed down where a record has one parent, and only one that the record itself has. */
function validateInheritance(table: SchemaTable, field: FieldJson, context: MaskContext): void {
  if (!field.inheritance?.inherit) return
  if (table.is_hierarchical && field.kind !== 'reverse-linked-table') return
  if (!context.tolerant) fail('InheritanceNotSupported', { field: fieldName(field) })
  field.inheritance = { ...field.inheritance, inherit: false }
}

export function resolveSystemFields(table: SchemaTable, fields: SystemFields, context: MaskContext): SystemFields {
  const resolved = { ...fields }
  for (const name of SYSTEM_FIELDS) {
    const field: SystemFieldJson | undefined = fields[name]
    if (!field) continue
    validateMode(name, field.edit?.mode, EDIT_MODES)
    validateMode(name, field.output?.mode, OUTPUT_MODES)
    if (name === 'parent' && field.mask_id)
      resolved[name] = { ...field, mask_id: resolveLinkMask({ mask_id: field.mask_id }, table.table_id ?? 0, context, name) }
  }
  return resolved
}
