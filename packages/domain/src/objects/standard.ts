/**
 * `_standard`: a record in brief. Always made from the standard mask of the record's own pool and type, whatever mask is asked
 * for, and made fresh for every answer. A link brings in the first line of its target, and so on to any depth; a record that
 * is already being written is left out of its own line.
 */
import type { ColumnType, Datamodel, Mask, MaskField, StandardOutput, Table } from '../datamodel/model.ts'
import { columnKey, type Content } from './content.ts'
import type { RecordFacts } from './record-store.ts'
import { rowsOf, standardFiles, type StandardFile } from './standard-files.ts'
import { simplified } from './standard-geo.ts'
import { append, mapText, spread, valueText, type Text } from './standard-text.ts'

export type Slot = 1 | 2 | 3
export interface Standard {
  readonly eas: Readonly<Partial<Record<Slot, StandardFile>>>
  readonly slots: Readonly<Partial<Record<Slot, Text>>>
  readonly geo: Readonly<Partial<Record<Slot, unknown>>>
}
export interface StandardSource {
  readonly datamodel: Datamodel
  readonly languages: readonly string[]
  readonly holder: RecordFacts
  /** The standard of a linked record, or undefined when there is none to show. */
  target(link: unknown): Standard | undefined
}

const SLOTS = [1, 2, 3] as const
const TEXT_TYPES = new Set<ColumnType>(['text', 'text_oneline', 'string', 'text_l10n', 'text_l10n_oneline'])
const PLAIN: StandardOutput = { order: 1, format: 'comma', formatInner: 'comma', stopIfSet: false }
const fieldsOf = new WeakMap<Mask, readonly MaskField[]>()

/** The fields that feed the standard of a record of this type and pool, in mask order. */
export const standardFields = (datamodel: Datamodel, table: Table, pool: number | undefined): readonly MaskField[] =>
  fieldsOfMask(datamodel.standardMask(table, pool))

/** The same for whatever pool the record may be in; a field of several masks stands here several times. */
export function allStandardFields(datamodel: Datamodel, table: Table): readonly MaskField[] {
  const pools = table.poolLink ? (datamodel.poolsWithMasks ?? []) : []
  const masks = new Set([undefined, ...pools].map((pool) => datamodel.standardMask(table, pool)))
  return [...masks].flatMap(fieldsOfMask)
}

function fieldsOfMask(mask: Mask): readonly MaskField[] {
  const fields = fieldsOf.get(mask) ?? findFields(mask)
  fieldsOf.set(mask, fields)
  return fields
}

function findFields(mask: Mask): readonly MaskField[] {
  if (mask.id !== null) return mask.fields.filter(isStandard)
  // Without a mask of its own, a type is known by its first text and its first files, and stands where its first place is.
  const find = (wanted: (type: ColumnType) => boolean) => mask.fields.find((field) => field.kind === 'field' && wanted(field.column.type))
  const text = find((type) => TEXT_TYPES.has(type))
  const file = find((type) => type === 'eas')
  const place = find((type) => type === 'geo_json')
  return [
    ...(text ? [{ ...text, standard: PLAIN }] : []),
    ...(file ? [{ ...file, standardEas: 1 as const }] : []),
    ...(place ? [{ ...place, standardGeo: 1 as const }] : []),
  ]
}

function isStandard(field: MaskField): boolean {
  if (field.kind === 'reverse-linked-table') return false
  if (field.standard !== undefined || field.standardEas !== undefined || field.standardGeo !== undefined) return true
  return field.kind === 'linked-table' && field.fields.some(isStandard)
}

export function standardOf(table: Table, pool: number | undefined, values: Content, source: StandardSource): Standard {
  const fields = standardFields(source.datamodel, table, pool)
  const slots: Partial<Record<Slot, Text>> = {}
  for (const slot of SLOTS) {
    const text = slotText(fields, values, slot, source)
    if (text) slots[slot] = text
  }
  return { slots, eas: standardFiles(fields, values, source), geo: places(fields, values, source) }
}

function slotText(fields: readonly MaskField[], values: Content, slot: Slot | null, source: StandardSource): Text | undefined {
  let text: Text | undefined
  for (const field of fields) {
    const part = partOf(field, values, slot, source)
    if (!part) continue
    text = append(text, part, field.standard?.format ?? 'comma')
    if (field.standard?.stopIfSet) break
  }
  return text
}

/** What a field gives to a slot; with `null` for the slot, what it gives to whichever slot it has. */
function partOf(field: MaskField, values: Content, slot: Slot | null, source: StandardSource): Text | undefined {
  if (field.kind === 'linked-table') return rowsText(field, values, slot, source)
  if (field.kind === 'reverse-linked-table' || !field.standard || (slot !== null && field.standard.order !== slot)) return undefined
  const value = values[columnKey(field.column)]
  return field.column.type === 'link' ? source.target(value)?.slots[1] : valueText(field.column, value, source.languages)
}

type Nested = Extract<MaskField, { kind: 'linked-table' }>

/** Where the nested field names a slot, its rows go there as a whole; else each of their fields goes where it says itself. */
function rowsText(field: Nested, values: Content, slot: Slot | null, source: StandardSource): Text | undefined {
  if (field.standard && slot !== null && field.standard.order !== slot) return undefined
  let text: Text | undefined
  for (const row of rowsOf(field, values)) {
    const part = slotText(field.fields, row, field.standard ? null : slot, source)
    if (part) text = append(text, part, field.standard?.formatInner ?? 'comma')
  }
  return text
}

function places(fields: readonly MaskField[], values: Content, source: StandardSource): Partial<Record<Slot, unknown>> {
  const geo: Partial<Record<Slot, unknown>> = {}
  for (const field of fields) {
    const slot = field.standardGeo
    if (slot === undefined || field.kind === 'reverse-linked-table' || geo[slot] !== undefined) continue
    const found = field.kind === 'linked-table' ? placeOfRows(field, values, slot, source) : placeOf(field.column, values, slot, source)
    if (found !== undefined && found !== null) geo[slot] = found
  }
  return geo
}
function placeOf(column: { readonly id: number; readonly type: ColumnType }, values: Content, slot: Slot, source: StandardSource): unknown {
  const value = values[String(column.id)]
  if (column.type === 'link') return source.target(value)?.geo[slot]
  return column.type === 'geo_json' && value !== undefined ? simplified(value) : undefined
}
function placeOfRows(field: Nested, values: Content, slot: Slot, source: StandardSource): unknown {
  for (const row of rowsOf(field, values))
    for (const inner of field.fields)
      if (inner.kind === 'field' || inner.kind === 'link') {
        const found = placeOf(inner.column, row, slot, source)
        if (found !== undefined && found !== null) return found
      }
  return undefined
}

const escape = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('\n', '<br>')

/** Characters that stand differently in markup; in JSON text, a quotation mark or a line break shows as a backslash. */
const NEEDS_MARKUP = /[&<>'\\]/

function lineJson(text: Text, languages: readonly string[]): string {
  const plain = JSON.stringify(spread(text, languages))
  const html = NEEDS_MARKUP.test(plain) ? JSON.stringify(spread(mapText(text, escape), languages)) : plain
  return `{"text":${plain},"html":${html}}`
}

/** Writes a file as a list of one; undefined where it cannot be shown. */
export type FileJson = (file: StandardFile) => string | undefined

/** JSON text of a standard. The first line is never empty: a record that says nothing is known by its number. */
export function standardJson(standard: Standard, id: number | null, languages: readonly string[], fileJson: FileJson): string {
  const lines: string[] = []
  for (const slot of SLOTS) {
    const text = standard.slots[slot] ?? (slot === 1 && id !== null ? { common: `#${id}`, own: {} } : undefined)
    if (text) lines.push(`"${slot}":${lineJson(text, languages)}`)
  }
  const files = Object.entries(standard.eas).flatMap(([slot, file]) => {
    const text = fileJson(file)
    return text === undefined ? [] : `"${slot}":${text}`
  })
  if (files.length > 0) lines.push(`"eas":{${files.join(',')}}`)
  if (Object.keys(standard.geo).length) lines.push(`"geo":${JSON.stringify(standard.geo)}`)
  return `{${lines.join(',')}}`
}
