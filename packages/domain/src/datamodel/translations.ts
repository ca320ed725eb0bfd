/**
 * Labels of the datamodel. Which keys there are follows from the schema and the masks; nothing else can be labelled. Keys
 * are made of names, so every key also has an identity made of ids, and labels follow a renamed thing to its new key.
 */
import {
  kindOf,
  type FieldJson,
  type MaskDocument,
  type MaskJson,
  type SchemaColumn,
  type SchemaDocument,
  type SchemaTable,
  type Translations,
} from './documents.ts'

/** Key by identity. */
export type TranslationKeys = ReadonlyMap<string, string>
const HINTS = ['edit', 'output', 'search'] as const

export function translationKeys(schema: SchemaDocument, masks: MaskDocument): TranslationKeys {
  const keys = new Map<string, string>()
  for (const table of schema.tables) {
    keys.set(`table:${table.table_id}`, `schema.${table.name}.name`)
    for (const column of table.columns) keys.set(`slot:${table.table_id}:${slotIdentity(column)}`, columnKey(table, column))
  }
  for (const mask of masks.masks) addMaskKeys(mask, keys)
  return keys
}

export function columnKey(table: SchemaTable, column: SchemaColumn): string {
  return `schema.${table.name}.column.${slotName(table, column)}`
}

function slotName(table: SchemaTable, column: SchemaColumn): string {
  const kind = kindOf(column)
  if (kind === 'column') return column.name ?? ''
  if (kind === 'link') return column.other_table_name_hint ?? ''
  return column.is_hierarchical ? `reverse:${table.name}` : `reverse:${column.other_table_name_hint}.${column.other_column_id}`
}

const slotIdentity = (column: SchemaColumn) => {
  const kind = kindOf(column)
  return kind === 'column'
    ? column.column_id
    : kind === 'link'
      ? `nested:${column.other_table_id}`
      : `reverse:${column.other_column_id ?? 'children'}`
}

export const maskKey = (mask: MaskJson): string => `mask.${mask.table_id}.${mask.name}.name`

function addMaskKeys(mask: MaskJson, keys: Map<string, string>): void {
  const [identity, prefix] = [`mask:${mask.mask_id}`, `mask.${mask.table_id}.${mask.name}`]
  keys.set(identity, maskKey(mask))
  const addFields = (table: number | null | undefined, fields: readonly FieldJson[]) => {
    for (const field of fields) {
      if (field.kind === 'splitter') continue
      const tableId = table ?? 0
      const path = `${tableId}.${field.kind}.${field.column_id ?? field.other_table_id ?? tableId}`
      for (const hint of HINTS) keys.set(`${identity}:${path}:${hint}`, `${prefix}.${path}.${hint}_user_hint`)
      if (field.mask) addFields(field.mask.table_id, field.mask.fields ?? [])
    }
  }
  addFields(mask.table_id, mask.fields ?? [])
  for (const [position, field] of (mask.fields ?? []).entries())
    if (field.kind === 'splitter') keys.set(`${identity}:splitter:${position}`, `${prefix}.splitter.${position}`)
}

/** What of a sent set is kept: known keys, and of those the texts that say something in a language. */
export function cleanTranslations(sent: Translations, keys: TranslationKeys): Translations {
  const known = new Set(keys.values())
  const kept = Object.entries(sent).filter(([key]) => known.has(key))
  return Object.fromEntries(kept.map(([key, texts]) => [key, cleanTexts(texts)] as const).filter(([, texts]) => Object.keys(texts).length > 0))
}

const cleanTexts = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).filter(([language, text]) => text !== '' && !language.startsWith('_')))

/** Labels after a change of the datamodel: those of renamed things under their new keys, those of removed things gone. */
export function carryTranslations(texts: Translations, before: TranslationKeys, after: TranslationKeys): Translations {
  const carried: [string, Readonly<Record<string, string>>][] = []
  for (const [identity, key] of after) {
    const text = texts[before.get(identity) ?? '']
    if (text) carried.push([key, text])
  }
  return Object.fromEntries(carried)
}

/** Every key, with empty texts where there are none. */
export const completeTranslations = (texts: Translations, keys: TranslationKeys): Translations =>
  Object.fromEntries([...keys.values()].map((key) => [key, texts[key] ?? {}]))
