/** Foreign keys, unique keys and bidirectional pairs. Resolves references in place. */
import { createHash } from 'node:crypto'
import {
  isNested,
  plainColumns,
  refuse,
  type BidirectionalDocument,
  type ForeignKey,
  type SchemaColumn,
  type SchemaDocument,
  type SchemaTable,
  type UniqueKeyDocument,
} from './documents.ts'
import { columnHint, type SchemaIndex } from './schema-index.ts'

/** Long names are cut, with a digest that keeps them apart. */
const LONGEST_KEY_NAME = 120

function keyName(...parts: readonly string[]): string {
  const name = parts.join('__')
  if (name.length <= LONGEST_KEY_NAME) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${name.slice(0, LONGEST_KEY_NAME - 9)}_${digest}`
}

/** Completes all foreign keys and answers the target of every link column by its id. */
export function resolveForeignKeys(document: SchemaDocument, index: SchemaIndex): Map<number, SchemaTable> {
  const targets = new Map<number, SchemaTable>()
  for (const table of document.tables) {
    for (const key of table.foreign_keys ?? []) resolveForeignKey(table, key, index, targets)
    for (const column of plainColumns(table))
      if (column.type === 'link' && !targets.has(column.column_id ?? 0))
        refuse(`${table.name}.${column.name}: no foreign key says where this link points`)
  }
  return targets
}

function resolveForeignKey(table: SchemaTable, key: ForeignKey, index: SchemaIndex, targets: Map<number, SchemaTable>): void {
  const where = `${table.name}: foreign key`
  // Some documents also write down the built-in links of nested rows and hierarchies; they say nothing new.
  if (key.columns.every((part) => !namesColumn(part) && Object.keys(part).some((name) => name.startsWith('auto_column_')))) return
  const target = index.table({ id: key.referenced_table.table_id, name: key.referenced_table.name_hint }, where)
  const [part, ...others] = key.columns
  if (!part || others.length > 0) return refuse(`${where}: it has to name exactly one column`)
  const column = index.column(table, columnHint(part), where)
  const name = `${table.name}.${column.name}`
  if (column.type !== 'link') refuse(`${where}: ${name} is no link`)
  if (isNested(target)) refuse(`${where}: ${name} cannot point at ${target.name}, whose rows are no records`)
  if (targets.has(column.column_id ?? 0)) refuse(`${where}: ${name} has two targets`)
  targets.set(column.column_id ?? 0, target)
  key.name = key.name || keyName(table.name, column.name ?? '', `${target.name}_fkey`)
  // Links that the target owns go with it; all others keep it from being deleted.
  key.on_delete = lowered(key.on_delete) || (column.reverse_edit ? 'cascade' : 'restrict')
  key.on_update = lowered(key.on_update) || 'cascade'
  key.columns = [{ ...part, ...columnReference(column) }]
  key.referenced_table = {
    columns: [{ auto_column_primary_key: true }],
    ...key.referenced_table,
    table_id: target.table_id ?? null,
    name_hint: target.name,
  }
}

const lowered = (action: ForeignKey['on_delete']) => (action ?? '').toLowerCase() as NonNullable<ForeignKey['on_delete']>
const columnReference = (column: SchemaColumn) => ({ column_id: column.column_id ?? null, column_name_hint: column.name ?? null })

export function resolveUniqueKeys(document: SchemaDocument, index: SchemaIndex): void {
  for (const table of document.tables) for (const key of table.unique_keys ?? []) resolveUniqueKey(table, key, index)
}

function resolveUniqueKey(table: SchemaTable, key: UniqueKeyDocument, index: SchemaIndex): void {
  const where = `${table.name}: unique key`
  const names: string[] = []
  key.columns = key.columns.map((part) => {
    if (part.auto_column_parent && !table.is_hierarchical && !table.polyhierarchical) refuse(`${where}: only hierarchies have a parent`)
    if (part.auto_column_uplink && !isNested(table)) refuse(`${where}: only rows of nested tables have an owner`)
    if (!namesColumn(part) && (part.auto_column_parent || part.auto_column_uplink)) return part
    const column = index.column(table, columnHint(part), where)
    if (part.unique_true && column.type !== 'boolean') refuse(`${where}: ${column.name} is no boolean, so true cannot be what is unique`)
    if (names.includes(column.name ?? '')) refuse(`${where}: ${column.name} is there twice`)
    names.push(column.name ?? '')
    return { ...part, ...columnReference(column) }
  })
  if (names.length === 0) refuse(`${where}: it needs a column`)
  key.name = key.name || keyName(table.name, ...names, 'unique')
}

export const namesColumn = (part: { column_id?: number | null; column_name_hint?: string | null }): boolean =>
  Boolean(part.column_id || part.column_name_hint)

export function resolveBidirectional(document: SchemaDocument, index: SchemaIndex, targets: ReadonlyMap<number, SchemaTable>): void {
  for (const table of document.tables) for (const pair of table.bidirectional ?? []) resolvePair(table, pair, index, targets)
}

/**
 * Two links mirror each other when each points at the kind of record that holds the other. The uplink mark stands for the
 * record around a nested row: a row that links to the own object type is mirrored by a row over there.
 */
function resolvePair(table: SchemaTable, pair: BidirectionalDocument, index: SchemaIndex, targets: ReadonlyMap<number, SchemaTable>): void {
  const where = `${table.name}: bidirectional pair`
  const links = pair.columns.filter(namesColumn)
  if (links.length === 0) refuse(`${where}: it needs a link`)
  if (links.length < pair.columns.length && !isNested(table)) refuse(`${where}: only rows of nested tables have an owner`)
  const [first, second] = [links[0], links[1] ?? links[0]].map((part) => mirrored(table, part ?? {}, index, targets, where))
  if (!first || !second) return
  const pointsAt = (column: SchemaColumn, other: SchemaTable) => targets.get(column.column_id ?? 0) === index.root(other)
  if (!pointsAt(first.column, second.table) || !pointsAt(second.column, first.table))
    refuse(`${where}: ${first.column.name} and ${second.column.name} do not point at each other's records`)
  const found = [first, second]
  pair.columns = pair.columns.map((part) => (namesColumn(part) ? { ...part, ...columnReference(found.shift()?.column ?? first.column) } : part))
}

/** The other side may stand in another table: by id always, by name where the name is not one of this table's columns. */
function mirrored(
  table: SchemaTable,
  part: BidirectionalDocument['columns'][number],
  index: SchemaIndex,
  targets: ReadonlyMap<number, SchemaTable>,
  where: string,
) {
  const place = part.column_id ? index.place(part.column_id) : undefined
  const here = part.column_id ? undefined : index.findColumn(table, columnHint(part))
  const found = place ?? (here ? { table, column: here } : elsewhere(table, part.column_name_hint ?? '', index, targets))
  if (!found) return refuse(`${where}: there is no column ${part.column_name_hint ?? part.column_id}`)
  if (found.column.type !== 'link') refuse(`${where}: ${found.table.name}.${found.column.name} is no link`)
  return found
}

function elsewhere(table: SchemaTable, name: string, index: SchemaIndex, targets: ReadonlyMap<number, SchemaTable>) {
  for (const column of plainColumns(table)) {
    const target = targets.get(column.column_id ?? 0)
    const found = target && index.findColumn(target, { id: undefined, name })
    if (target && found) return { table: target, column: found }
  }
  return undefined
}
