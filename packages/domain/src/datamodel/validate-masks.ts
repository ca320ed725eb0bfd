/**
 * The door for mask documents. A save brings the complete set; out comes the set with ids, resolved references and
 * checked modes. Masks belong to the schema of the working copy at that moment: when the schema changes later, `fitMasks`
 * takes out what has lost its column.
 */
import { fail } from '../errors.ts'
import { demandMaskName, idOf, isNested, refuse, type MaskDocument, type MaskJson, type SchemaDocument, type SchemaTable } from './documents.ts'
import { HIGHEST_ID } from './schema-ids.ts'
import { SchemaIndex } from './schema-index.ts'
import { resolveFields, resolveSystemFields, type MaskContext } from './validate-mask-fields.ts'

export interface MaskBaseline {
  readonly schema: SchemaDocument
  readonly current: MaskDocument
  readonly head: MaskDocument
}

export function normaliseMasks(sent: MaskDocument, { schema, current, head }: MaskBaseline): MaskDocument {
  const index = new SchemaIndex(schema)
  const stored = Math.max(current.max_mask_id ?? 0, head.max_mask_id ?? 0)
  const masks = structuredClone(sent.masks).map(withoutLabels)
  const tables = masks.map((mask) => tableOf(mask, index))
  const highest = assignIds(masks, stored, [...current.masks, ...head.masks])
  validateNames(masks)
  validatePreferred(masks, schema)
  const context: MaskContext = { index, masks }
  masks.forEach((mask, i) => {
    const table = tables[i] as SchemaTable
    mask.fields = resolveFields(table, mask.fields ?? [], context)
    if (mask.system_fields) mask.system_fields = resolveSystemFields(table, mask.system_fields, context)
  })
  return { ...sent, type: 'user', version: schema.version, based_on_schema_version: schema.version, max_mask_id: highest, masks }
}

/** Labels are answered with the masks and come back with them; they are kept elsewhere. */
function withoutLabels(mask: MaskJson): MaskJson {
  const own: { name_localized?: unknown; table_name_localized?: unknown } = mask
  delete own.name_localized
  delete own.table_name_localized
  return mask
}

function tableOf(mask: MaskJson, index: SchemaIndex): SchemaTable {
  const table = index.table({ id: mask.table_id, name: mask.table_name_hint }, `mask ${mask.name}`)
  if (isNested(table)) refuse(`mask ${mask.name}: ${table.name} is a nested table; its fields belong into the masks of its owner`)
  mask.table_id = table.table_id ?? null
  mask.table_name_hint = table.name
  return table
}

/** Like tables and columns, masks keep their ids, and an id is never handed out twice. */
function assignIds(masks: readonly MaskJson[], stored: number, before: readonly MaskJson[]): number {
  const known = new Set(before.map((mask) => mask.mask_id))
  const taken = new Set<number>()
  for (const mask of masks) {
    const id = idOf(mask.mask_id)
    if (id === undefined) continue
    if (taken.has(id)) refuse(`the mask id ${id} is there twice`)
    if (id <= stored && !known.has(id)) refuse(`the mask id ${id} belonged to something else and is not used again`)
    taken.add(id)
  }
  let highest = Math.max(stored, ...taken)
  for (const mask of masks) mask.mask_id = idOf(mask.mask_id) ?? ++highest
  if (highest > HIGHEST_ID) refuse(`the mask id ${highest} is above ${HIGHEST_ID}`)
  return highest
}

function validateNames(masks: readonly MaskJson[]): void {
  const names = new Set<string>()
  for (const mask of masks) {
    const name = demandMaskName(mask.name)
    if (names.has(name)) fail('SchemaDuplicateMaskName', { name })
    names.add(name)
  }
}

/** An object type without any mask is complete: it is then read and written through `_all_fields` alone. */
export function validatePreferred(masks: readonly MaskJson[], schema: SchemaDocument): void {
  for (const table of schema.tables) {
    const own = masks.filter((mask) => mask.table_id === table.table_id)
    if (own.length > 0 && own.filter((mask) => mask.is_preferred).length !== 1)
      fail('ObjecttypeMustHaveExtactlyOnePreferredMask', { objecttype: table.name })
  }
}

/** The stored masks after a change of the schema: without masks of removed types, without fields of removed columns. */
export function fitMasks(document: MaskDocument, schema: SchemaDocument): MaskDocument {
  const index = new SchemaIndex(schema)
  const kept = document.masks.filter((mask) => {
    const table = index.findTable({ id: mask.table_id, name: undefined })
    return table && !isNested(table)
  })
  const context: MaskContext = { index, masks: kept, tolerant: true }
  const masks = kept.map((mask): MaskJson => {
    const table = index.table({ id: mask.table_id, name: undefined }, `mask ${mask.name}`)
    return {
      ...mask,
      table_name_hint: table.name,
      fields: resolveFields(table, structuredClone(mask.fields ?? []), context),
      ...(mask.system_fields && { system_fields: resolveSystemFields(table, structuredClone(mask.system_fields), context) }),
    }
  })
  return { ...document, version: schema.version, based_on_schema_version: schema.version, masks }
}
