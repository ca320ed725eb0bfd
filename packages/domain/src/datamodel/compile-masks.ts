/** Mask documents → masks. What no longer has a column is passed over: the schema may have moved on. */
import { allFieldsMask, allFieldsOf } from './all-fields.ts'
import type { FieldJson, MaskDocument, MaskJson, SchemaDocument, SchemaTable } from './documents.ts'
import { isReadable, isWritable, SYSTEM_FIELDS } from './mask-modes.ts'
import type { Mask, MaskField, Model, NestedField, ReverseSlot, StandardOutput, SystemFieldName, SystemFieldRule, Table } from './model.ts'

type Order = 1 | 2 | 3
type Fields = readonly FieldJson[] | null | undefined

export function compileMasks(document: MaskDocument, schema: SchemaDocument, model: Model): Mask[] {
  const compiler = new MaskCompiler(document.masks, schema, model)
  return document.masks.flatMap((json) => {
    const table = model.tables.get(json.table_id ?? 0)
    return table ? [compiler.mask(json, table)] : []
  })
}

export function compileAllFields(table: Table, masks: MaskDocument, schema: SchemaDocument, model: Model): Mask {
  const compiler = new MaskCompiler(masks.masks, schema, model)
  const json = schema.tables.find((candidate) => candidate.table_id === table.id)
  return compiler.mask(allFieldsMask(json as SchemaTable, schema), table)
}

class MaskCompiler {
  readonly #schema: SchemaDocument
  readonly #model: Model
  readonly #preferred: ReadonlyMap<number, number>

  constructor(masks: readonly MaskJson[], schema: SchemaDocument, model: Model) {
    this.#schema = schema
    this.#model = model
    this.#preferred = new Map(masks.filter((mask) => mask.is_preferred).map((mask) => [mask.table_id ?? 0, mask.mask_id ?? 0]))
  }

  mask(json: MaskJson, table: Table): Mask {
    return {
      id: json.mask_id ?? null,
      name: json.name ?? '',
      table,
      preferred: json.is_preferred ?? false,
      fields: this.#fields(table, json.fields),
      system: systemRules(json),
    }
  }

  #fields(table: Table, fields: Fields): MaskField[] {
    return (fields ?? []).flatMap((json) => this.#field(table, json) ?? [])
  }

  #field(table: Table, json: FieldJson): MaskField | undefined {
    if (json.kind === 'splitter') return undefined
    if (json.kind === 'linked-table') return this.#nested(table, json)
    if (json.kind === 'reverse-linked-table') return this.#reverse(table, json)
    const column = this.#model.columns.get(json.column_id ?? 0)
    if (column?.table !== table) return undefined
    const isLink = column.type === 'link'
    return { ...common(json), kind: isLink ? 'link' : 'field', column, linkMask: isLink ? this.#linkMask(json, column.target) : null }
  }

  #linkMask(json: FieldJson, target: Table | undefined): number | null {
    if (typeof json.mask_id === 'number') return json.mask_id
    return json.mask_id?.toUpperCase() === 'PREFERRED' ? (this.#preferred.get(target?.id ?? 0) ?? null) : null
  }

  #nested(table: Table, json: FieldJson): MaskField | undefined {
    const nested = this.#model.tables.get(json.other_table_id ?? 0)
    if (nested?.owner !== table) return undefined
    return {
      ...common(json),
      kind: 'linked-table',
      table: nested,
      fields: this.#embedded(nested, json),
      appendOnly: json.edit?.append_only ?? false,
      removeOnly: json.edit?.remove_only ?? false,
      standardFirstOnly: json.nested_standard_first_only ?? false,
      ...orderOfRows(json),
    }
  }

  #reverse(table: Table, json: FieldJson): MaskField | undefined {
    const matches = (slot: ReverseSlot) =>
      json.is_hierarchical ? slot.column === null : slot.column !== null && slot.column.id === json.other_column_id
    const slot = table.reverse.find(matches)
    return (
      slot && {
        ...common(json),
        kind: 'reverse-linked-table',
        slot,
        fields: this.#embedded(slot.table, json),
        appendOnly: json.edit?.append_only ?? false,
        poolFollowing: poolFollowingOf(json),
        ...orderOfRows(json),
      }
    )
  }

  /** A linked table for which nothing is said shows all it has. */
  #embedded(table: Table, json: FieldJson): MaskField[] {
    if (json.mask) return this.#fields(table, json.mask.fields)
    const own = this.#schema.tables.find((candidate) => candidate.table_id === table.id)
    return own ? this.#fields(table, allFieldsOf(own, this.#schema)) : []
  }
}

/** Where the mask says nothing, whoever saves is asked: nothing moves behind anybody's back. */
function poolFollowingOf({ edit }: FieldJson): 'always' | 'never' | 'ask' {
  const mode = edit?.reverse_pool_changed_mode
  return mode === 'reverse_pool_changed_always' ? 'always' : mode === 'reverse_pool_changed_never' ? 'never' : 'ask'
}

function common(json: FieldJson) {
  const standard = standardOf(json)
  const eas = orderOf(json.output?.standard_eas?.order)
  const geo = orderOf(json.output?.standard_geo?.order)
  return {
    readable: isReadable(json),
    writable: isWritable(json),
    ...(standard && { standard }),
    ...(eas && { standardEas: eas }),
    ...(geo && { standardGeo: geo }),
    ...(json.inheritance?.inherit && { inherit: true }),
  }
}

function orderOfRows({ nested_sort: steps }: FieldJson): Pick<NestedField, 'order'> {
  const order = (steps ?? []).flatMap(({ field, order: direction }) => (field ? [{ path: field.split('.'), descending: direction === 'desc' }] : []))
  return order.length ? { order } : {}
}

const orderOf = (order: number | null | undefined): Order | undefined => (order === 1 || order === 2 || order === 3 ? order : undefined)

function standardOf({ output }: FieldJson): StandardOutput | undefined {
  const json = output?.standard
  const order = orderOf(json?.order)
  if (!json || !order) return undefined
  return {
    order,
    format: json.format || 'comma',
    formatInner: json.format_inner || 'comma',
    ...(json.design && { design: json.design }),
    stopIfSet: json.stop_if_set ?? false,
  }
}

/** Built-in fields are shown unless switched off, and written only where a mask says so. */
function systemRules(json: MaskJson): Record<SystemFieldName, SystemFieldRule> {
  const rule = (name: SystemFieldName): SystemFieldRule => {
    const field = json.system_fields?.[name]
    const editing = field?.edit?.mode
    return { shown: field?.output?.mode !== 'off', editable: editing === 'edit', inEditor: editing === 'edit' || editing === 'show' }
  }
  return Object.fromEntries(SYSTEM_FIELDS.map((name) => [name, rule(name)])) as Record<SystemFieldName, SystemFieldRule>
}
