/** Which files stand for a record: per place the preferred file, or else the first, of the field that was given the place and has one. */
import type { Column, MaskField } from '../datamodel/model.ts'
import { columnKey, nestedKey, type Content, type FileEntry } from './content.ts'
import type { RecordFacts } from './record-store.ts'
import type { Slot, Standard } from './standard.ts'
import { isFiles } from './stored-files.ts'

export interface StandardFile {
  readonly entry: FileEntry
  readonly columnId: number
  /** The record that has it, which may be a link's target. */
  readonly holder: RecordFacts
}

export interface FileSource {
  readonly holder: RecordFacts
  target(link: unknown): Standard | undefined
}

type Slots = Partial<Record<Slot, StandardFile>>

export function standardFiles(fields: readonly MaskField[], values: Content, source: FileSource): Slots {
  const slots: Slots = {}
  collect(fields, values, source, slots, undefined)
  return slots
}

/** Where a nested table was given a place, it is that of all fields in its rows. */
function collect(fields: readonly MaskField[], values: Content, source: FileSource, slots: Slots, given: Slot | undefined): void {
  for (const field of fields) {
    if (field.kind === 'reverse-linked-table') continue
    const slot = given ?? field.standardEas
    if (field.kind === 'linked-table') {
      for (const row of rowsOf(field, values)) collect(field.fields, row, source, slots, slot)
    } else if (slot !== undefined && !slots[slot]) {
      const file = fileOf(field.column, values[columnKey(field.column)], slot, source)
      if (file) slots[slot] = file
    }
  }
}

function fileOf(column: Column, value: unknown, slot: Slot, source: FileSource): StandardFile | undefined {
  if (column.type === 'link') return source.target(value)?.eas[slot]
  if (!isFiles(column) || !Array.isArray(value)) return undefined
  const list = value as readonly FileEntry[]
  const entry = list.find(({ p }) => p) ?? list[0]
  return entry && { entry, columnId: column.id, holder: source.holder }
}

type Nested = Extract<MaskField, { kind: 'linked-table' }>

/** Rows that the standard of a record looks at. */
export function rowsOf(field: Nested, values: Content): readonly Content[] {
  const rows = values[nestedKey(field.table)]
  if (!Array.isArray(rows)) return []
  return (field.standardFirstOnly ? rows.slice(0, 1) : rows) as Content[]
}
