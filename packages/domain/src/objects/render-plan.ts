/**
 * What has to be asked and written for one mask and format, worked out once per datamodel version. Plain columns are left to
 * the database; links, files and nested tables are written here, since what they point at is not in the record. Records listed by
 * reverse tables have plans of their own, as deep as the mask embeds them.
 */
import type { Column, ColumnField, Datamodel, Mask, MaskField, NestedField, ReverseField, SystemFieldName, Table } from '../datamodel/model.ts'
import { columnKey, nestedKey, type StoredLink } from './content.ts'
import { contentsOf, type Contents } from './formats.ts'
import type { Projection, RowSlot, Wanted, WrittenColumn } from './record-store.ts'
import { ownSortedKeys, sortedKeys } from './row-order.ts'
import { isFileField, showsFiles } from './render-files.ts'
import type { RecordFormat } from './saved-renderer.ts'
import { allStandardFields } from './standard.ts'

export interface RecordPlan {
  readonly datamodel: Datamodel
  readonly table: Table
  readonly mask: Mask
  readonly contents: Contents
  readonly projection: Projection
  /** Fields that are written here, from the values. */
  readonly fields: readonly MaskField[]
  /** Fields of the list of values in `standard_extended`. */
  readonly listed: readonly MaskField[]
  /** Fields that may lead to other records or to files, of the mask and of the title. */
  readonly away: readonly MaskField[]
  /** Fields that show files, of the mask and of the title. */
  readonly files: readonly MaskField[]
  /** What reverse tables among these fields list. */
  readonly slots: ReadonlyMap<ReverseField, SlotPlan>
  /** The text follows from the record and the names of people, pools and tags alone: nothing in it points at another record or a file. */
  readonly selfContained: boolean
  /** What is needed of records that the page points at. */
  readonly targets: Wanted
}

export interface SlotPlan {
  readonly slot: RowSlot
  readonly rows: RecordPlan
}

export interface PlanOptions {
  /** There is no stored record, so everything is written here; otherwise the database writes plain columns. */
  readonly unsaved?: boolean
  /** Leaves reverse tables out. */
  readonly skipReverse?: boolean
}

const plans = new WeakMap<Datamodel, Map<string, RecordPlan>>()
const targetsOf = new WeakMap<Datamodel, Wanted>()

export function planFor(datamodel: Datamodel, mask: Mask, format: RecordFormat, options: PlanOptions = {}): RecordPlan {
  const known = plans.get(datamodel) ?? new Map<string, RecordPlan>()
  plans.set(datamodel, known)
  const name = `${mask.table.id} ${mask.name} ${format} ${options.unsaved === true} ${options.skipReverse === true}`
  const plan = known.get(name) ?? compile(datamodel, mask, contentsOf(format), options)
  known.set(name, plan)
  return plan
}

export const isLink = (field: MaskField): boolean => field.kind === 'link' || (field.kind === 'field' && field.column.type === 'link')

/** Whether what a field shows is not in the record: another one, or files. */
export function pointsAway(field: MaskField): boolean {
  if (field.kind === 'reverse-linked-table') return true
  return field.kind === 'linked-table' ? field.fields.some(pointsAway) : isLink(field) || isFileField(field)
}

/** System id of the target of a stored link. */
export function linkedId(value: unknown): number | undefined {
  const id = typeof value === 'object' && value !== null ? (value as Partial<StoredLink>).s : undefined
  return typeof id === 'number' ? id : undefined
}

/** Where the value of a field is stored; undefined for reverse tables, which store nothing in the record. */
export function storedKey(field: MaskField): string | undefined {
  if (field.kind === 'reverse-linked-table') return undefined
  return field.kind === 'linked-table' ? nestedKey(field.table) : columnKey(field.column)
}

function compile(datamodel: Datamodel, mask: Mask, contents: Contents, options: PlanOptions, sortedBy: readonly string[] = []): RecordPlan {
  const { table } = mask
  const readable = mask.fields.filter((field) => field.readable && !(options.skipReverse && field.kind === 'reverse-linked-table'))
  const shown = contents.fields ? readable : []
  const inDatabase = !options.unsaved && !contents.inherited
  const plain = (field: MaskField): field is ColumnField => field.kind === 'field' && field.column.type !== 'link' && !isFileField(field)
  const written = inDatabase ? shown.filter(plain).map((field) => writtenColumn(field.column, contents)) : []
  const fields = shown.filter((field) => !inDatabase || !plain(field))
  const listed = contents.values ? readable : []
  const standard = contents.standard ? allStandardFields(datamodel, table) : []
  const targets = targetsOf.get(datamodel) ?? wantedOfTargets(datamodel)
  targetsOf.set(datamodel, targets)
  const keys = new Set([...[...fields, ...listed, ...standard].flatMap((field) => storedKey(field) ?? []), ...sortedBy])
  const away = [...fields, ...listed, ...standard].filter(pointsAway)
  const slots = slotsOf(datamodel, [...fields, ...listed], contents, options)
  return {
    datamodel,
    table,
    mask,
    contents,
    projection: projectionOf(table, contents, written, { ...targets, keys: new Map([[table.id, [...keys]]]) }),
    fields,
    listed,
    away,
    files: away.filter(showsFiles),
    slots,
    selfContained: !table.hierarchical && !table.polyhierarchical && away.length === 0,
    targets: targetsWith(targets, [
      ...(contents.inherited ? [new Map([[table.id, keys]])] : []),
      ...[...fields, ...listed].filter(hasRows).map(sortedKeys),
      ...[...slots.values()].map(({ rows }) => rows.targets.keys),
    ]),
  }
}

const hasRows = (field: MaskField): field is NestedField | ReverseField => field.kind === 'linked-table' || field.kind === 'reverse-linked-table'

const projectionOf = (table: Table, contents: Contents, written: readonly WrittenColumn[], wanted: Wanted): Projection => ({
  written,
  wanted,
  origin: contents.system,
  acl: contents.system && table.aclTable,
  history: contents.changelog,
  comment: contents.system && !contents.changelog,
})

/** A row shows its ids, its pool and its fields. It brings no values from above: those are for the record that was asked for. */
const rowContents = (contents: Contents): Contents => ({ ...contents, standard: false, system: false, changelog: false, inherited: false })
const SHOWN = { shown: true, editable: false }
const SYSTEM_NAMES: readonly SystemFieldName[] = ['parent', 'object_id', 'tags', 'acl', 'owner', 'pool', 'collections', 'publish']
const ROW_SYSTEM = Object.fromEntries(SYSTEM_NAMES.map((name) => [name, SHOWN])) as Mask['system']

function slotsOf(datamodel: Datamodel, fields: readonly MaskField[], contents: Contents, options: PlanOptions): ReadonlyMap<ReverseField, SlotPlan> {
  const reverse = fields.filter((field) => field.kind === 'reverse-linked-table')
  const planOf = (field: ReverseField): SlotPlan => {
    const { table } = field.slot
    const mask: Mask = { id: null, name: '', table, preferred: false, fields: field.fields, system: ROW_SYSTEM }
    return { slot: rowSlotOf(field), rows: compile(datamodel, mask, rowContents(contents), options, ownSortedKeys(field)) }
  }
  return new Map(reverse.map((field) => [field, planOf(field)]))
}

function rowSlotOf({ slot: { table, column } }: ReverseField): RowSlot {
  if (column) return { table: table.id, by: { column: column.id } }
  return { table: table.id, by: table.polyhierarchical ? 'parents' : 'parent' }
}

function writtenColumn(column: Column, contents: Contents): WrittenColumn {
  // A boolean is never without a value on the wire.
  const empty = column.type === 'boolean' ? 'false' : contents.empty ? 'null' : 'omit'
  return { key: columnKey(column), name: column.name, empty }
}

function wantedOfTargets(datamodel: Datamodel): Wanted {
  const { objecttypes } = datamodel.model
  const keysOf = (table: Table) => [...new Set(allStandardFields(datamodel, table).flatMap((field) => storedKey(field) ?? []))]
  return {
    keys: new Map(objecttypes.map((table) => [table.id, keysOf(table)])),
    hierarchical: objecttypes.filter((table) => table.hierarchical).map((table) => table.id),
    polyhierarchical: objecttypes.filter((table) => table.polyhierarchical).map((table) => table.id),
  }
}

/** What every target shows, and what is needed besides: parents hand down fields of their own, and rows are sorted by fields of theirs. */
export function targetsWith(targets: Wanted, more: readonly ReadonlyMap<number, Iterable<string>>[]): Wanted {
  const keys = new Map(targets.keys)
  let grown = false
  for (const [table, added] of more.flatMap((map) => [...map])) {
    const before = keys.get(table) ?? []
    const all = [...new Set([...before, ...added])]
    if (all.length === before.length) continue
    grown = true
    keys.set(table, all)
  }
  // The same for all that need no more, so that what was made from it is found again.
  return grown ? { ...targets, keys } : targets
}
