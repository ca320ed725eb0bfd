/** Documents as they are answered: with labels, and in the long form with the column behind every field. */
import { ALL_FIELDS, allFieldsMask } from './all-fields.ts'
import type { VersionDocuments } from './compile-datamodel.ts'
import { kindOf, type FieldJson, type MaskDocument, type MaskJson, type SchemaColumn, type SchemaDocument, type SchemaTable } from './documents.ts'
import { columnHint, SchemaIndex, tableHint } from './schema-index.ts'
import { columnKey, maskKey } from './translations.ts'

export function presentSchema({ schema, committedAt, translations }: VersionDocuments): SchemaDocument {
  const tables = schema.tables.map((table) => ({
    ...table,
    columns: table.columns.map((column) => ({ ...column, ...labelled('name_localized', translations[columnKey(table, column)]) })),
  }))
  return { ...schema, committed_at: committedAt?.toISOString() ?? null, tables }
}

export function presentMasks(documents: VersionDocuments, masks: readonly MaskJson[], long: boolean): MaskDocument {
  const { schema, translations } = documents
  const index = new SchemaIndex(schema)
  const presented = masks.map((mask): MaskJson => {
    const table = index.findTable(maskTable(mask))
    return {
      ...mask,
      ...labelled('name_localized', translations[maskKey(mask)]),
      ...labelled('table_name_localized', translations[`schema.${table?.name}.name`]),
      ...(long && table && { fields: longFields(mask.fields ?? [], table, table.name, index) }),
    }
  })
  return { ...documents.masks, masks: presented }
}

const labelled = (name: string, texts: Readonly<Record<string, string>> | undefined) =>
  texts && Object.keys(texts).length > 0 ? { [name]: texts } : {}
const maskTable = (mask: MaskJson) => ({ id: mask.table_id, name: mask.table_name_hint })

/** The masks of one name; the synthesised one has one for every object type. */
export function masksNamed({ schema, masks }: VersionDocuments, name: string): MaskJson[] {
  if (name !== ALL_FIELDS) return masks.masks.filter((mask) => mask.name === name)
  return schema.tables.filter((table) => !table.owned_by).map((table) => allFieldsMask(table, schema))
}

function longFields(fields: readonly FieldJson[], table: SchemaTable, path: string, index: SchemaIndex): FieldJson[] {
  return fields.map((field): FieldJson => {
    const column = columnBehind(field, table, index)
    if (!column) return field
    const name = `${path}.${segment(field, table)}`
    const inner = field.mask && index.findTable(maskTable(field.mask))
    return {
      ...field,
      column,
      full_name: name,
      ...(field.mask && inner && { mask: { ...field.mask, fields: longFields(field.mask.fields ?? [], inner, name, index) } }),
    }
  })
}

function columnBehind(field: FieldJson, table: SchemaTable, index: SchemaIndex): SchemaColumn | undefined {
  if (field.kind === 'splitter') return undefined
  if (field.kind === 'field' || field.kind === 'link') return index.findColumn(table, columnHint(field))
  if (field.kind === 'linked-table') return table.columns.find((column) => kindOf(column) === 'link' && column.other_table_id === tableHint(field).id)
  return table.columns.find(
    (column) =>
      kindOf(column) === 'reverse_link' && (field.is_hierarchical ? column.is_hierarchical : column.other_column_id === field.other_column_id),
  )
}

/** The key of the field in a record. */
function segment(field: FieldJson, table: SchemaTable): string {
  if (field.kind === 'linked-table') return `_nested:${field.other_table_name_hint}`
  if (field.kind !== 'reverse-linked-table') return field.column_name_hint ?? ''
  return field.is_hierarchical
    ? `_reverse_nested:${table.name}:_id_parent`
    : `_reverse_nested:${field.other_table_name_hint}:${field.other_column_name_hint}`
}
