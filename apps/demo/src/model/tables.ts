/** The datamodel of the collection. Every type has a unique `source_id`: links are written by looking it up, and a run that was broken off finds by it what is there. */
import type { Schemas } from '@vitrine/sdk'

type Table = Schemas['SchemaTable']
type Column = Schemas['SchemaColumn']

export const OBJECTTYPES = ['movement', 'subject', 'artist', 'artwork'] as const
export type Objecttype = (typeof OBJECTTYPES)[number]

const column = (name: string, type: string, more: Partial<Column> = {}): Column => ({ kind: 'column', name, type, not_null: false, ...more })
const nestedSlot = (table: string): Column => ({ kind: 'link', other_table_name_hint: table, not_null: false })
const sourceId = column('source_id', 'number', { not_null: true })

const unique = (table: string, name: string) => ({ name: `${table}__${name}_unique`, columns: [{ column_name_hint: name }] })
const foreignKey = (table: string, name: string, target: string) => ({
  name: `${table}__${name}__${target}_fkey`,
  on_delete: 'restrict' as const,
  on_update: 'cascade' as const,
  columns: [{ column_name_hint: name }],
  referenced_table: { name_hint: target, columns: [{ auto_column_primary_key: true }] },
})

function objecttype(name: Objecttype, columns: Column[], more: Partial<Table> = {}): Table {
  const keys = [unique(name, 'source_id'), ...(more.unique_keys ?? [])]
  return { name, columns: [sourceId, ...columns], in_main_search: true, foreign_keys: [], ...more, unique_keys: keys }
}

/** Rows inside a record that link to something else, with what is said about the link. */
function linkRows(owner: Objecttype, name: string, target: Objecttype, columns: Column[] = []): Table {
  return {
    name,
    owned_by: { other_table_name_hint: owner },
    columns: [column(target, 'link'), ...columns],
    foreign_keys: [foreignKey(name, target, target)],
    unique_keys: [],
  }
}

export const TABLES: readonly Table[] = [
  objecttype('movement', [column('name', 'text_l10n_oneline'), column('era', 'text_oneline')]),
  objecttype('subject', [column('name', 'text_l10n_oneline')], { is_hierarchical: true }),
  objecttype('artist', [
    column('name', 'text_oneline', { not_null: true }),
    column('spoken_name', 'text_oneline'),
    column('gender', 'text_oneline'),
    column('lifetime', 'daterange'),
    column('birth_place', 'text_oneline'),
    column('death_place', 'text_oneline'),
    column('url', 'string'),
    nestedSlot('artist__movements'),
  ]),
  linkRows('artist', 'artist__movements', 'movement'),
  objecttype(
    'artwork',
    [
      column('accession_number', 'string', { not_null: true }),
      column('title', 'text_l10n'),
      column('foreign_title', 'text'),
      column('group_title', 'text'),
      nestedSlot('artwork__contributors'),
      column('date', 'daterange'),
      column('acquired', 'date'),
      column('classification', 'text_oneline'),
      column('medium', 'text'),
      column('credit_line', 'text'),
      column('dimensions', 'text'),
      column('height_mm', 'double'),
      column('width_mm', 'double'),
      column('depth_mm', 'double'),
      column('inscription', 'text'),
      nestedSlot('artwork__subjects'),
      nestedSlot('artwork__movements'),
      column('url', 'string'),
      column('thumbnail_url', 'string'),
    ],
    { unique_keys: [unique('artwork', 'accession_number')] },
  ),
  linkRows('artwork', 'artwork__contributors', 'artist', [column('role', 'text_oneline')]),
  linkRows('artwork', 'artwork__subjects', 'subject'),
  linkRows('artwork', 'artwork__movements', 'movement'),
]
