/**
 * What has to be asked and written for one mask and format, worked out once per datamodel version. Plain columns are left to
 * the database; links and nested tables are written here, since what they point at is not in the record.
 */
import type { Column, ColumnField, Datamodel, Mask, MaskField, Table } from '../datamodel/model.ts'
import { columnKey, nestedKey, type StoredLink } from './content.ts'
import { contentsOf, type Contents } from './formats.ts'
import type { Projection, Wanted, WrittenColumn } from './record-store.ts'
import type { RecordFormat } from './saved-renderer.ts'
import { standardFields } from './standard.ts'

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
  /** The text follows from the record and the names of people, pools and tags alone: nothing in it points at another record. */
  readonly selfContained: boolean
  /** What is needed of records that the page points at. */
  readonly targets: Wanted
}

/** `stored`: the database writes plain columns. `unsaved`: there is no stored record, so everything is written here. */
export type PlanSource = 'stored' | 'unsaved'

const plans = new WeakMap<Datamodel, Map<string, RecordPlan>>()
const targetsOf = new WeakMap<Datamodel, Wanted>()

export function planFor(datamodel: Datamodel, mask: Mask, format: RecordFormat, source: PlanSource = 'stored'): RecordPlan {
  const known = plans.get(datamodel) ?? new Map<string, RecordPlan>()
  plans.set(datamodel, known)
  const name = `${mask.table.id} ${mask.name} ${format} ${source}`
  const plan = known.get(name) ?? compile(datamodel, mask, contentsOf(format), source)
  known.set(name, plan)
  return plan
}

export const isLink = (field: MaskField): boolean => field.kind === 'link' || (field.kind === 'field' && field.column.type === 'link')

/** Whether a field leads to another record. */
export const pointsAway = (field: MaskField): boolean => (field.kind === 'linked-table' ? field.fields.some(pointsAway) : isLink(field))

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

function compile(datamodel: Datamodel, mask: Mask, contents: Contents, source: PlanSource): RecordPlan {
  const { table } = mask
  const readable = mask.fields.filter((field) => field.readable)
  const shown = contents.fields ? readable : []
  const inDatabase = source === 'stored' && !contents.inherited
  const plain = (field: MaskField): field is ColumnField => field.kind === 'field' && field.column.type !== 'link'
  const written = inDatabase ? shown.filter(plain).map((field) => writtenColumn(field.column, contents)) : []
  const fields = shown.filter((field) => !inDatabase || !plain(field))
  const listed = contents.values ? readable : []
  const targets = targetsOf.get(datamodel) ?? wantedOfTargets(datamodel)
  targetsOf.set(datamodel, targets)
  const standard = contents.standard ? standardFields(datamodel, table) : []
  const keys = new Set([...fields, ...listed, ...standard].flatMap((field) => storedKey(field) ?? []))
  const wanted = { keys: new Map([[table.id, [...keys]]]), hierarchical: targets.hierarchical }
  const projection = { written, wanted, origin: contents.fields, history: contents.changelog, comment: contents.fields && !contents.changelog }
  const selfContained = !table.hierarchical && ![...fields, ...listed, ...standard].some(pointsAway)
  return {
    datamodel,
    table,
    mask,
    contents,
    projection,
    fields,
    listed,
    selfContained,
    targets: contents.inherited ? withOwn(targets, table, keys) : targets,
  }
}

function writtenColumn(column: Column, contents: Contents): WrittenColumn {
  // A boolean is never without a value on the wire.
  const empty = column.type === 'boolean' ? 'false' : contents.empty ? 'null' : 'omit'
  return { key: columnKey(column), name: column.name, empty }
}

function wantedOfTargets(datamodel: Datamodel): Wanted {
  const { objecttypes } = datamodel.model
  return {
    keys: new Map(objecttypes.map((table) => [table.id, [...new Set(standardFields(datamodel, table).flatMap((field) => storedKey(field) ?? []))]])),
    hierarchical: objecttypes.filter((table) => table.hierarchical).map((table) => table.id),
  }
}

/** Parents are of the record's own type: to inherit from them, their fields are needed as well. */
function withOwn(targets: Wanted, table: Table, keys: ReadonlySet<string>): Wanted {
  return { ...targets, keys: new Map([...targets.keys, [table.id, [...new Set([...(targets.keys.get(table.id) ?? []), ...keys])]]]) }
}
