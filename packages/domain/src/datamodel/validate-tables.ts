/** Rules of tables: what excludes each other, who owns whom, and the slots that show other tables. Resolves references in place. */
import { fail } from '../errors.ts'
import { isNested, kindOf, plainColumns, refuse, type SchemaColumn, type SchemaDocument, type SchemaTable } from './documents.ts'
import { otherColumnHint, ownerOf, tableHint, type SchemaIndex } from './schema-index.ts'

export function resolveOwners(document: SchemaDocument, index: SchemaIndex): void {
  for (const table of document.tables) {
    if (!table.owned_by) continue
    const owner = index.table(ownerOf(table), `${table.name}: owned_by`)
    table.owned_by = { ...table.owned_by, other_table_id: owner.table_id ?? null, other_table_name_hint: owner.name }
  }
  for (const table of document.tables) if (isNested(index.root(table))) refuse(`the table ${table.name} contains itself`)
}

export function validateFlags(table: SchemaTable): void {
  if (table.polyhierarchical && table.is_hierarchical) refuse(`${table.name}: a record has either one parent or several, not both`)
  if (table.polyhierarchical && table.acl_table) refuse(`${table.name}: records with several parents have no access list of their own`)
  if (!isNested(table)) return
  for (const flag of ['pool_link', 'acl_table', 'has_tags', 'is_hierarchical', 'polyhierarchical'] as const)
    if (table[flag]) refuse(`${table.name}: rows of a nested table are no records and cannot have ${flag}`)
}

/** Slots of nested tables, exactly one for each: those that are missing are added at the end. */
export function resolveNestedSlots(document: SchemaDocument, index: SchemaIndex): void {
  const shown = new Set<SchemaTable>()
  for (const table of document.tables) {
    for (const column of table.columns.filter((c) => kindOf(c) === 'link')) {
      const where = `${table.name}: slot of a nested table`
      const nested = index.table(tableHint(column), where)
      if (nested.owned_by?.other_table_id !== table.table_id) refuse(`${where}: ${nested.name} is not owned by ${table.name}`)
      if (shown.has(nested)) refuse(`${where}: ${nested.name} has two slots`)
      shown.add(nested)
      if (column.check && column.check !== 'not_empty') refuse(`${where}: rows can only be checked for being there`)
      Object.assign(column, { other_table_id: nested.table_id, other_table_name_hint: nested.name })
    }
  }
  for (const nested of document.tables) {
    if (!isNested(nested) || shown.has(nested)) continue
    const slot: SchemaColumn = { kind: 'link', other_table_id: nested.table_id ?? null, other_table_name_hint: nested.name, not_null: false }
    index.table(ownerOf(nested), nested.name).columns.push(slot)
  }
}

/** Slots of reverse links and children. Runs after the targets of links are known. */
export function resolveReverseSlots(document: SchemaDocument, index: SchemaIndex, targets: ReadonlyMap<number, SchemaTable>): void {
  for (const table of document.tables) {
    const seen = new Set<number>()
    for (const column of table.columns.filter((c) => kindOf(c) === 'reverse_link')) {
      const where = `${table.name}: reverse link`
      if (isNested(table)) refuse(`${where}: rows of a nested table cannot show reverse links`)
      if (column.check && column.check !== 'not_empty') refuse(`${where}: rows can only be checked for being there`)
      const id = column.is_hierarchical ? childrenSlot(table, where) : reverseSlot(table, column, index, targets)
      if (seen.has(id)) refuse(`${where}: the same slot is there twice`)
      seen.add(id)
    }
  }
}

function childrenSlot(table: SchemaTable, where: string): number {
  if (!table.is_hierarchical && !table.polyhierarchical) refuse(`${where}: ${table.name} is no hierarchy and has no children`)
  return 0
}

function reverseSlot(table: SchemaTable, column: SchemaColumn, index: SchemaIndex, targets: ReadonlyMap<number, SchemaTable>): number {
  const where = `${table.name}: reverse link`
  const other = index.table(tableHint(column), where)
  const link = index.column(other, otherColumnHint(column), where)
  const name = `${other.name}.${link.name}`
  if (isNested(other)) refuse(`${where}: ${other.name} is a nested table; only records can be listed`)
  if (link.type !== 'link' || !link.reverse_edit) refuse(`${where}: ${name} has to be a link with reverse_edit`)
  if (targets.get(link.column_id ?? 0) !== table) refuse(`${where}: ${name} does not link to ${table.name}`)
  Object.assign(column, {
    other_table_id: other.table_id,
    other_table_name_hint: other.name,
    other_column_id: link.column_id,
    other_column_name_hint: link.name,
  })
  return link.column_id ?? 0
}

/** Ownership through `reverse_edit` must not come back to where it began: such records could not be saved or removed alone. */
export function refuseLoops(document: SchemaDocument, targets: ReadonlyMap<number, SchemaTable>): void {
  const owners = new Map<SchemaTable, SchemaTable[]>()
  for (const table of document.tables.filter((t) => !isNested(t)))
    owners.set(
      table,
      plainColumns(table).flatMap((column) => (column.reverse_edit ? (targets.get(column.column_id ?? 0) ?? []) : [])),
    )
  const state = new Map<SchemaTable, 'open' | 'done'>()
  // An explicit stack: a chain of owners may be as long as the document.
  for (const start of owners.keys()) {
    const stack: { table: SchemaTable; next: number }[] = state.has(start) ? [] : [{ table: start, next: 0 }]
    state.set(start, state.get(start) ?? 'open')
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const owner = owners.get(top.table)?.[top.next++]
      if (!owner) state.set(stack.pop()?.table as SchemaTable, 'done')
      else if (state.get(owner) === 'open') fail('SchemaLoopingReverse', { table1: top.table.name, table2: owner.name })
      else if (!state.has(owner)) {
        state.set(owner, 'open')
        stack.push({ table: owner, next: 0 })
      }
    }
  }
}
