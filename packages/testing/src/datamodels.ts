/**
 * Documents of a datamodel in few words, for tests: names only, as a client writes them that creates everything anew. The
 * server fills in the ids.
 *
 *     schema(
 *       table('artist', { name: 'text_oneline!', born: 'date' }, { unique: [['name']] }),
 *       table('artwork', { title: 'text_l10n', artist: '-> artist', contributor: [{ who: '-> artist', role: 'string' }] }),
 *     )
 */
import type { Schemas } from '@vitrine/contract/instance'

type SchemaDocument = Schemas['SchemaDocument']
type SchemaTable = Schemas['SchemaTable']
type SchemaColumn = Schemas['SchemaColumn']
type MaskDocument = Schemas['MaskDocument']
type Mask = Schemas['Mask']
type MaskField = Schemas['MaskField']

/**
 * A type (`'text'`), required with `!` at its end; a link (`'-> artist'`), owned by its target with `'=> artist'`; a list
 * with one set of columns for a nested table, named `<table>__<key>`; or a column as it is.
 */
export type ColumnWords = string | readonly [Columns] | Partial<SchemaColumn>
export interface Columns {
  readonly [name: string]: ColumnWords
}
/** What a table has beside its name and columns. */
export type TableWords = Partial<SchemaTable> & {
  /** Unique keys by the names of their columns. */
  readonly unique?: readonly (readonly string[])[]
  /** Places for records that link here, as `<table>.<column>`; `children` for those of a hierarchy. */
  readonly reverse?: readonly string[]
}

/** A table and the tables nested in it, owner first. */
export function table(name: string, columns: Columns, { unique, reverse, ...words }: TableWords = {}): SchemaTable[] {
  const nested: SchemaTable[] = []
  const own: SchemaColumn[] = []
  const keys: NonNullable<SchemaTable['foreign_keys']> = []
  for (const [column, described] of Object.entries(columns)) {
    if (isNested(described)) {
      const inner = `${name}__${column}`
      nested.push(...table(inner, described[0], { owned_by: { other_table_name_hint: name } }))
      own.push({ kind: 'link', other_table_name_hint: inner })
      continue
    }
    const { target, ...made } = columnOf(column, described)
    own.push(made)
    if (target) keys.push({ columns: [{ column_name_hint: column }], referenced_table: { name_hint: target } })
  }
  own.push(...(reverse ?? []).map(reverseSlot))
  const uniqueKeys = (unique ?? []).map((names) => ({ columns: names.map((hint) => ({ column_name_hint: hint })) }))
  return [{ name, ...words, columns: own, foreign_keys: keys, unique_keys: [...(words.unique_keys ?? []), ...uniqueKeys] }, ...nested]
}

const isNested = (described: ColumnWords): described is readonly [Columns] => Array.isArray(described)

function columnOf(name: string, described: Exclude<ColumnWords, readonly [Columns]>): SchemaColumn & { target?: string } {
  if (typeof described !== 'string') return { kind: 'column', name, ...described }
  const [, arrow, word = '', required]: readonly (string | undefined)[] = /^([-=]>)?\s*(.*?)(!)?$/.exec(described) ?? []
  const common = { kind: 'column' as const, name, not_null: required !== undefined }
  return arrow ? { ...common, type: 'link', reverse_edit: arrow === '=>', target: word } : { ...common, type: word }
}

function reverseSlot(words: string): SchemaColumn {
  if (words === 'children') return { kind: 'reverse_link', is_hierarchical: true }
  const [other = '', column = ''] = words.split('.')
  return { kind: 'reverse_link', other_table_name_hint: other, other_column_name_hint: column }
}

export const schema = (...tables: readonly (readonly SchemaTable[])[]): SchemaDocument => ({ version: 1, type: 'user', tables: tables.flat() })

/**
 * A mask by the names of its fields, all of them editable and shown: columns, or nested tables by their full name. A field
 * with a value has that in addition, such as `{ title: { output: { standard: { order: 1 } } } }`. Fields among the words come
 * after the named ones.
 */
export function mask(
  name: string,
  objecttype: string,
  fields: readonly string[] | Readonly<Record<string, Partial<MaskField>>>,
  words: Partial<Mask> = {},
): Mask {
  const named: [string, Partial<MaskField>][] = Array.isArray(fields) ? fields.map((field: string) => [field, {}]) : Object.entries(fields)
  return {
    name,
    table_name_hint: objecttype,
    is_preferred: true,
    ...words,
    fields: [...named.map(([field, more]) => maskField(field, more)), ...(words.fields ?? [])],
  }
}

const SHOWN = { detail: true, text: true, table: true }

export function maskField(name: string, { output, ...more }: Partial<MaskField> = {}): MaskField {
  const nested = name.includes('__')
  const subject = nested ? { kind: 'linked-table' as const, other_table_name_hint: name } : { kind: 'field' as const, column_name_hint: name }
  return { ...subject, edit: { mode: 'edit' }, output: { ...SHOWN, ...output }, search: { expert: true, fulltext: true }, ...more }
}

export const masks = (...list: readonly Mask[]): MaskDocument => ({ type: 'user', masks: [...list] })
