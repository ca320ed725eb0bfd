/**
 * Two masks for each type, made from its table: `<type>_main` shows and edits everything, `<type>_source` shows only the
 * id of the source, so that asking what is there already costs little.
 */
import type { Schemas } from '@vitrine/sdk'
import { OBJECTTYPES, TABLES, type Objecttype } from './tables.ts'

type Mask = Schemas['Mask']
type Field = Schemas['MaskField']
type Column = Schemas['SchemaColumn']

export const mainMask = (type: Objecttype): string => `${type}_main`
export const sourceMask = (type: Objecttype): string => `${type}_source`

/** What a record is called, in the order of the columns: its main title, and below it the second line. */
const STANDARD: Readonly<Record<string, 1 | 2>> = {
  'movement.name': 1,
  'subject.name': 1,
  'artist.name': 1,
  'artist.lifetime': 2,
  'artwork.title': 1,
  'artwork.accession_number': 2,
  'artwork__contributors.artist': 2,
  'artwork.artwork__contributors': 2,
}

function shown(table: string, name: string): Pick<Field, 'edit' | 'output' | 'search'> {
  const order = STANDARD[`${table}.${name}`]
  return {
    edit: { mode: 'edit' },
    output: { detail: true, text: true, table: true, ...(order ? { standard: { order } } : {}) },
    search: { expert: true, fulltext: true, facet: false },
  }
}

function tableOf(name: string): Schemas['SchemaTable'] {
  const table = TABLES.find((t) => t.name === name)
  if (!table) throw new Error(`there is no table ${name}`)
  return table
}

function fieldOf(table: string, column: Column): Field {
  if (column.kind === 'link') {
    const nested = column.other_table_name_hint ?? ''
    const mask: Mask = { table_name_hint: nested, is_preferred: false, fields: fieldsOf(nested) }
    return { kind: 'linked-table', other_table_name_hint: nested, mask, ...shown(table, nested) }
  }
  const name = column.name ?? ''
  const field = { column_name_hint: name, ...shown(table, name) }
  return column.type === 'link' ? { kind: 'link', mask_id: 'PREFERRED', inline: 'standard', ...field } : { kind: 'field', ...field }
}

const fieldsOf = (table: string): Field[] => tableOf(table).columns.map((column) => fieldOf(table, column))

const editable = { output: { mode: 'show' }, edit: { mode: 'edit' } } as const
const visible = { output: { mode: 'show' }, edit: { mode: 'show' } } as const

export const MASKS: readonly Mask[] = OBJECTTYPES.flatMap((type) => [
  {
    name: mainMask(type),
    table_name_hint: type,
    is_preferred: true,
    system_fields: { object_id: visible, owner: visible, ...(tableOf(type).is_hierarchical ? { parent: editable } : {}) },
    fields: fieldsOf(type),
  },
  {
    name: sourceMask(type),
    table_name_hint: type,
    is_preferred: false,
    system_fields: { object_id: visible },
    fields: [{ kind: 'field', column_name_hint: 'source_id', edit: { mode: 'show' }, output: { detail: true } }],
  },
])
