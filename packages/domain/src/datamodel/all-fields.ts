/**
 * The mask that every object type has without anybody writing it: all columns, all editable. Its document form is made
 * here and compiled like any other, so both forms of it can never differ.
 */
import { kindOf, plainColumns, type FieldJson, type MaskJson, type SchemaColumn, type SchemaDocument, type SchemaTable } from './documents.ts'
import { SYSTEM_FIELDS } from './mask-modes.ts'
import { otherColumnHint, SchemaIndex, tableHint } from './schema-index.ts'

export const ALL_FIELDS = '_all_fields'
export const allFieldsName = (objecttype: string): string => `${objecttype}__all_fields`

const TITLES = new Set(['text', 'text_oneline', 'text_l10n', 'text_l10n_oneline', 'string'])
const OPEN = {
  edit: { mode: 'edit', group_edit: true },
  output: { detail: true, text: true, table: true },
  search: { expert: true, fulltext: true, facet: true },
} as const

export function allFieldsMask(table: SchemaTable, document: SchemaDocument): MaskJson {
  return new Writer(new SchemaIndex(document)).mask(table)
}

/** The fields of a linked table whose mask field embeds none. */
export function allFieldsOf(table: SchemaTable, document: SchemaDocument): FieldJson[] {
  return new Writer(new SchemaIndex(document)).fields(table, { children: false })
}

class Writer {
  readonly #index: SchemaIndex
  constructor(index: SchemaIndex) {
    this.#index = index
  }

  mask(table: SchemaTable): MaskJson {
    const fields = this.fields(table, { children: true })
    addStandards(table, fields)
    return {
      name: ALL_FIELDS,
      table_id: table.table_id ?? null,
      table_name_hint: table.name,
      is_preferred: false,
      require_comment: 'never',
      system_fields: Object.fromEntries(SYSTEM_FIELDS.map((name) => [name, { edit: { mode: 'edit' }, output: { mode: 'show' } }])),
      fields,
    }
  }

  /**
   * Slots of owned records are followed, as ownership never runs in a circle; children are shown one level deep, and
   * without the link that leads back to the owner.
   */
  fields(table: SchemaTable, options: { children: boolean; back?: number }): FieldJson[] {
    return table.columns.flatMap((column) => {
      const kind = kindOf(column)
      if (kind === 'column') return column.column_id === options.back ? [] : [plainField(column)]
      if (kind === 'link') return [this.#nested(column)]
      return column.is_hierarchical ? (options.children ? [this.#children(table)] : []) : [this.#reverse(column)]
    })
  }

  #nested(column: SchemaColumn): FieldJson {
    const table = this.#index.table(tableHint(column), 'nested slot')
    const other = { other_table_id: table.table_id ?? null, other_table_name_hint: table.name }
    return { kind: 'linked-table', ...other, ...OPEN, mask: this.#embedded(table, this.fields(table, { children: false })) }
  }

  #reverse(column: SchemaColumn): FieldJson {
    const table = this.#index.table(tableHint(column), 'reverse slot')
    const link = this.#index.column(table, otherColumnHint(column), 'reverse slot')
    return {
      kind: 'reverse-linked-table',
      other_table_id: table.table_id ?? null,
      other_table_name_hint: table.name,
      other_column_id: link.column_id ?? null,
      other_column_name_hint: link.name ?? null,
      ...OPEN,
      mask: this.#embedded(table, this.fields(table, { children: false, back: link.column_id ?? 0 })),
    }
  }

  #children(table: SchemaTable): FieldJson {
    return { kind: 'reverse-linked-table', is_hierarchical: true, ...OPEN, mask: this.#embedded(table, this.fields(table, { children: false })) }
  }

  #embedded(table: SchemaTable, fields: FieldJson[]): MaskJson {
    return { table_id: table.table_id ?? null, table_name_hint: table.name, is_preferred: false, fields }
  }
}

const plainField = (column: SchemaColumn): FieldJson => ({
  kind: column.type === 'link' ? 'link' : 'field',
  column_id: column.column_id ?? null,
  column_name_hint: column.name ?? null,
  ...(column.type === 'link' && { mask_id: 'standard' }),
  ...OPEN,
})

/** The first text is the title, the first files and the first place stand for the record. */
function addStandards(table: SchemaTable, fields: readonly FieldJson[]): void {
  const columns = plainColumns(table)
  const give = (column: SchemaColumn | undefined, output: object) => {
    const field = column && fields.find((f) => f.column_id === column.column_id)
    if (field) field.output = { ...field.output, ...output }
  }
  give(
    columns.find((column) => TITLES.has(column.type ?? '')),
    { standard: { order: 1, format: 'comma', format_inner: 'comma' } },
  )
  give(
    columns.find((column) => column.type === 'eas'),
    { standard_eas: { order: 1 } },
  )
  give(
    columns.find((column) => column.type === 'geo_json'),
    { standard_geo: { order: 1 } },
  )
}
